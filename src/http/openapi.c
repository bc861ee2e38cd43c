/* The OpenAPI 3.1 document: what the route rows, forms and shapes already say, written down once at
 * start. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/task.h"
#include "http/frame.h"
#include "http/openapi_private.h"

struct document {
    struct task *t;
    const struct site *site;
    struct schemas schemas;
    struct json *tags;
    struct str bytes; /* the result */
};

static struct json *object_with(struct task *t, const char *name, struct json *value)
{
    struct json *object = json_object(t);

    json_put(t, object, str_of(name), value);
    return object;
}

static struct json *text(struct task *t, const char *s)
{
    return json_str(t, str_of(s));
}

/* {"application/json": {"schema": ...}} */
static struct json *content(struct task *t, const char *type, struct json *schema)
{
    return object_with(t, type, object_with(t, "schema", schema));
}

static struct json *parameter(struct task *t, const char *where, struct str name, bool required,
                              struct json *schema)
{
    struct json *parameter = json_object(t);

    json_put_str(t, parameter, "name", name);
    json_put_str(t, parameter, "in", str_of(where));
    json_put_bool(t, parameter, "required", required);
    json_put(t, parameter, S("schema"), schema);
    return parameter;
}

static struct json *parameters(struct document *d, const struct route *route)
{
    struct task *t = d->t;
    struct json *list = json_list(t);
    struct str rest = str_of(route->path), segment;

    while (str_cut(&rest, '/', &segment))
        if (segment.len > 2 && segment.at[0] == '{') {
            struct json *schema = object_with(t, "type", text(t, "string"));

            json_append(list, parameter(t, "path", (struct str){segment.at + 1, segment.len - 2},
                                        true, schema));
        }
    if (route->method == POST) {
        if (!(route->flags & ROUTE_NO_KEY))
            json_append(list, openapi_ref(t, "parameters", S("idempotency_key")));
        return list;
    }
    for (const struct ask *ask = route->form ? route->form->asks : NULL; ask && ask->name; ask++)
        json_append(list, parameter(t, "query", str_of(ask->name), ask->required,
                                    openapi_ask(&d->schemas, ask)));
    return list;
}

static struct json *request_body(struct document *d, const struct route *route)
{
    struct task *t = d->t;
    struct json *body = json_object(t), *types;
    struct json *schema = route->form ? openapi_form(&d->schemas, route->form)
                                      : object_with(t, "type", text(t, "object"));

    types = content(t, "application/json", schema);
    if (route->flags & ROUTE_UPLOAD)
        json_put(t, types, S("multipart/form-data"),
                 object_with(t, "schema", object_with(t, "type", text(t, "object"))));
    json_put_bool(t, body, "required", route->form != NULL);
    json_put(t, body, S("content"), types);
    return body;
}

static struct json *response(struct task *t, const char *words, struct json *types)
{
    struct json *response = object_with(t, "description", text(t, words));

    if (types)
        json_put(t, response, S("content"), types);
    return response;
}

static struct json *responses(struct document *d, const struct route *route)
{
    struct task *t = d->t;
    struct json *all = json_object(t);

    if (route->view)
        json_put(t, all, S("200"),
                 response(t, "成功",
                          content(t, "application/json", openapi_shape(&d->schemas, route->view))));
    else if (route->method == GET)
        json_put(t, all, S("200"),
                 response(t, "文件", object_with(t, "application/octet-stream", json_object(t))));
    else
        json_put(t, all, S("204"), response(t, "成功，没有内容", NULL));
    if (route->method == POST && !route->view)
        json_put(t, all, S("201"),
                 response(t, "已建立",
                          content(t, "application/json", openapi_ref(t, "schemas", S("made")))));
    json_put(t, all, S("4XX"), openapi_ref(t, "responses", S("problem")));
    json_put(t, all, S("5XX"), openapi_ref(t, "responses", S("problem")));
    return all;
}

static struct json *security(struct task *t, enum access access)
{
    struct json *list = json_list(t);

    if (access == ACCESS_PUBLIC)
        return list;
    json_append(list, object_with(t, "session", json_list(t)));
    if (access == ACCESS_STAFF)
        json_append(list, object_with(t, "bearer", json_list(t)));
    return list;
}

/* "get_orders_id_act" */
static struct str operation_id(struct task *t, const struct route *route)
{
    struct buf id = buf_new(t, 512);
    bool gap = true;

    buf_add(&id, route->method == POST ? S("post") : S("get"));
    for (const char *c = route->path; *c; c++) {
        bool word =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9');

        if (word && gap)
            buf_add_char(&id, '_');
        if (word)
            buf_add_char(&id, *c);
        gap = !word;
    }
    return buf_str(&id);
}

static struct str tag_of(struct document *d, const struct route *route)
{
    struct str rest = str_from(str_of(route->path), 1), tag = S("root");

    str_cut(&rest, '/', &tag);
    JSON_EACH (known, d->tags)
        if (str_eq(json_get_str(known, "name"), tag))
            return tag;
    struct json *fresh = json_object(d->t);
    json_put_str(d->t, fresh, "name", tag);
    json_put_str(d->t, fresh, "description", str_format(d->t, "/%.*s", STR_ARG(tag)));
    json_append(d->tags, fresh);
    return tag;
}

static struct json *operation(struct document *d, const struct route *route)
{
    struct task *t = d->t;
    struct json *operation = json_object(t), *tags = json_list(t), *list = parameters(d, route);

    json_put_str(t, operation, "operationId", operation_id(t, route));
    json_put_str(t, operation, "summary", str_of(route->summary ? route->summary : route->path));
    json_append(tags, json_str(t, tag_of(d, route)));
    json_put(t, operation, S("tags"), tags);
    if (route->permission)
        json_put_str(t, operation, "description", str_format(t, "权限：%s", route->permission));
    if (list->count)
        json_put(t, operation, S("parameters"), list);
    if (route->method == POST)
        json_put(t, operation, S("requestBody"), request_body(d, route));
    json_put(t, operation, S("responses"), responses(d, route));
    json_put(t, operation, S("security"), security(t, route->access));
    return operation;
}

static struct json *paths(struct document *d)
{
    struct json *all = json_object(d->t);

    for (size_t i = 0; i < router_count(d->site->router); i++) {
        const struct route *route = router_route(d->site->router, i);
        struct json *path;

        if (route->flags & ROUTE_PAGE_ONLY)
            continue;
        path = json_get(all, route->path);
        if (!path)
            json_put(d->t, all, str_of(route->path), path = json_object(d->t));
        json_put(d->t, path, route->method == POST ? S("post") : S("get"), operation(d, route));
    }
    return all;
}

/* What every answer may need, as JSON text: shorter than the calls that would build it. */
static const char fixed[] =
    "{\"securitySchemes\":{"
    "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"" SESSION_COOKIE "\","
    "\"description\":\"登录或查询后得到的会话；提交时另带 X-CSRF-Token\"},"
    "\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"接口令牌\"}},"
    "\"parameters\":{\"idempotency_key\":{\"name\":\"Idempotency-Key\",\"in\":\"header\",\"required\":true,"
    "\"description\":\"每次提交自取一个唯一的键；同一个键重复提交只办一次\","
    "\"schema\":{\"type\":\"string\",\"minLength\":8,\"maxLength\":100}}},"
    "\"responses\":{\"problem\":{\"description\":\"没有办成\",\"content\":{\"application/problem+json\":"
    "{\"schema\":{\"$ref\":\"#/components/schemas/problem\"}}}}},"
    "\"schemas\":{"
    "\"problem\":{\"type\":\"object\",\"required\":[\"type\",\"title\",\"status\",\"request_id\"],\"properties\":{"
    "\"type\":{\"type\":\"string\",\"description\":\"urn:yimen:problem: 加错误代号\"},"
    "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":{\"type\":\"string\"},"
    "\"errors\":{\"type\":\"array\",\"description\":\"各字段要改的地方\",\"items\":{\"type\":\"object\","
    "\"required\":[\"field\",\"message\"],\"properties\":{\"field\":{\"type\":\"string\"},"
    "\"message\":{\"type\":\"string\"}}}},\"request_id\":{\"type\":\"string\"}}},"
    "\"made\":{\"type\":\"object\",\"required\":[\"id\"],\"properties\":{\"id\":{\"type\":\"string\"}}}}}";

static struct json *info(struct document *d)
{
    struct json *info = json_object(d->t), *license = json_object(d->t);
    const struct site_options *o = &d->site->options;

    json_put_str(d->t, info, "title", str_of(o->title ? o->title : "yimen"));
    json_put_str(d->t, info, "version", str_of(o->version ? o->version : "0"));
    json_put_str(d->t, info, "description",
                 S("一门：公共法律服务工单平台的接口。页面能做的，接口都能做。"));
    json_put_str(d->t, license, "name", S("Apache-2.0"));
    json_put_str(d->t, license, "identifier", S("Apache-2.0"));
    json_put(d->t, info, S("license"), license);
    return info;
}

static enum err write_document(struct task *t, void *arg)
{
    struct document *d = arg;
    struct json *root = json_object(t), *components, *servers = json_list(t), *all;
    enum err e;

    if ((e = json_parse(t, str_of(fixed), &components)))
        return e;
    d->tags = json_list(t);
    d->schemas = (struct schemas){.t = t, .components = json_get(components, "schemas")};
    all = paths(d);
    if (d->schemas.clash)
        return ERR_INTERNAL;
    json_append(servers, object_with(t, "url", text(t, "/api/v1")));
    json_put_str(t, root, "openapi", S("3.1.0"));
    json_put(t, root, S("info"), info(d));
    json_put(t, root, S("servers"), servers);
    json_put(t, root, S("tags"), d->tags);
    json_put(t, root, S("paths"), all);
    json_put(t, root, S("components"), components);
    d->bytes = json_text(t, root);
    return OK;
}

char *openapi_write(const struct site *site, size_t *ret_len, char **ret_why)
{
    struct task t;
    struct document d = {.site = site};
    char *copy = NULL;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    d.t = &t;
    if (task_protect(&t, write_document, &d) == OK && (copy = malloc(d.bytes.len + 1))) {
        memcpy(copy, d.bytes.at, d.bytes.len);
        copy[d.bytes.len] = '\0';
        *ret_len = d.bytes.len;
    } else if (asprintf(ret_why, "OpenAPI: %s %s",
                        d.schemas.clash ? "two shapes or forms are named" : "failed",
                        d.schemas.clash ? d.schemas.clash : "") < 0) {
        *ret_why = NULL;
    }
    task_end(&t);
    return copy;
}
