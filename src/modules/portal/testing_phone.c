#include "testing_phone.h"

#include <string.h>

#include "modules/audit/audit.h"
#include "modules/calendar/calendar.h"
#include "modules/catalog/catalog.h"
#include "modules/notices/notices.h"
#include "modules/portal/portal.h"
#include "modules/shell/shell.h"

char phone_photo[300] = "\xff\xd8\xff\xe0";

int phone_set_up(void **state)
{
    struct phone *phone = calloc(1, sizeof *phone);
    const struct route *routes[] = {portal_module.routes, NULL};
    struct list faults = {0};
    char *why = NULL;

    city_build(&phone->city,
               (const struct migration *const[]){
                   org_module.migrations, audit_module.migrations, access_module.migrations,
                   calendar_module.migrations, party_module.migrations, catalog_module.migrations,
                   notices_module.migrations, orders_module.migrations, portal_module.migrations,
                   NULL});
    enum err e = catalog_load_folder(&phone->city.t, getenv("YIMEN_SOURCE"), &faults);
    LIST_EACH (const struct fault, fault, faults)
        print_error("%.*s:%d: %.*s\n", STR_ARG(fault->file), fault->line, STR_ARG(fault->message));
    assert_int_equal(e, OK);
    struct site_options options = {
        .title = "test",
        .version = "0",
        .routes = routes,
        .shell = &shell_shape,
        .hooks = {.authenticate = access_authenticate,
                  .admit = access_admit,
                  .csrf = access_csrf,
                  .shell = shell_make,
                  .sign_in = access_sign_in_address},
        .secret_burst = -1,
        .quiet = true,
    };
    phone->site = site_make(&options, &why);
    if (!phone->site)
        fail_msg("%s", why);
    task_begin(&phone->t, phone->city.store, TEST_NOW, TASK_BUDGET);
    *state = phone;
    return 0;
}

int phone_tear_down(void **state)
{
    struct phone *phone = *state;

    task_end(&phone->t);
    site_free(phone->site);
    city_clear(&phone->city);
    free(phone);
    return 0;
}

/* --- A browser of forty lines -------------------------------------------------------------- */

static void keep_cookie(struct phone *phone, struct str line)
{
    struct str value;

    if (!str_cut(&line, ';', &value))
        return;
    size_t name = str_find(value, S("=")) + 1;
    for (size_t i = 0; i < 4; i++) {
        if (phone->cookies[i][0] && strncmp(phone->cookies[i], value.at, name) != 0)
            continue;
        bool gone = str_find(line, S("Max-Age=0")) != SIZE_MAX;
        snprintf(phone->cookies[i], sizeof phone->cookies[i], "%.*s", gone ? 0 : (int)value.len,
                 value.at);
        return;
    }
}

static void answer(struct phone *phone, struct str raw)
{
    size_t cut = str_find(raw, S("\r\n\r\n"));
    struct str lines, line;

    assert_true(cut != SIZE_MAX);
    phone->head = str_first(raw, cut);
    phone->body = str_from(raw, cut + 4);
    phone->status = atoi(raw.at + 9);
    phone->location = (struct str){0};
    for (lines = phone->head; str_cut(&lines, '\n', &line);) {
        line = str_trim(line);
        if (str_starts(line, S("Set-Cookie: ")))
            keep_cookie(phone, str_from(line, 12));
        if (str_starts(line, S("Location: ")))
            phone->location = str_from(line, 10);
    }
}

void phone_send(struct phone *phone, const char *method, const char *path, const char *type,
                struct str body)
{
    struct task *t = &phone->t;
    char address[300];

    snprintf(address, sizeof address, "%s", path);
    task_end(t);
    task_begin(t, phone->city.store, TEST_NOW, TASK_BUDGET);
    struct buf raw = buf_new(t, 4 * 1024 * 1024);
    buf_format(&raw, "%s %s HTTP/1.1\r\nHost: lanjiang\r\n", method, address);
    buf_format(&raw, "Cookie: %s; %s; %s; %s\r\n", phone->cookies[0], phone->cookies[1],
               phone->cookies[2], phone->cookies[3]);
    if (type)
        buf_format(&raw, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, body.len);
    buf_add(&raw, S("\r\n"));
    buf_add(&raw, body);
    answer(phone, http_handle(t, phone->site, buf_str(&raw), S("127.0.0.1")));
}

void phone_get(struct phone *phone, const char *path)
{
    phone_send(phone, "GET", path, NULL, (struct str){0});
}

/* A hidden field of the page before. */
const char *phone_hidden(struct phone *phone, const char *name)
{
    static char value[200];
    struct str mark = str_format(&phone->t, "name=\"%s\" value=\"", name);
    size_t at = str_find(phone->body, mark);

    value[0] = '\0';
    if (at != SIZE_MAX) {
        struct str rest = str_from(phone->body, at + mark.len);

        snprintf(value, sizeof value, "%.*s", (int)str_find(rest, S("\"")), rest.at);
    }
    return value;
}

void phone_post(struct phone *phone, const char *path, const char *fields)
{
    char body[8000];
    char csrf[200];

    snprintf(csrf, sizeof csrf, "%s", phone_hidden(phone, "_csrf"));
    int n = snprintf(body, sizeof body, "%s&_csrf=%s&_key=%s", fields, csrf,
                     phone_hidden(phone, "_key"));
    phone_send(phone, "POST", path, "application/x-www-form-urlencoded",
               (struct str){body, (size_t)n});
}

void phone_go(struct phone *phone)
{
    char path[300];

    snprintf(path, sizeof path, "%.*s", STR_ARG(phone->location));
    if (phone->status != 303)
        print_error("%.*s\n%.*s\n", STR_ARG(phone->head), STR_ARG(phone->body));
    assert_int_equal(phone->status, 303);
    snprintf(phone->here, sizeof phone->here, "%s", path);
    phone_get(phone, path);
}

bool phone_says(struct phone *phone, const char *words)
{
    return str_find(phone->body, str_of(words)) != SIZE_MAX;
}

void phone_apply(struct phone *phone)
{
    phone_get(phone, "/apply/start/legal-aid-civil");
    phone_post(phone, "/apply/start/legal-aid-civil",
               "content=老板三个月没发工资，一共一万三千二百元");
    phone_go(phone);
    SAYS(phone, "第 2 步，共 8 步");
    phone_post(phone, phone->here, "f_kind=labour");
    phone_go(phone);
    phone_post(phone, phone->here, "f_hardship=exempt");
    phone_go(phone);
    SAYS(phone, "谁申请？");
    phone_post(phone, phone->here, "name=王小明&id_number=990101198002144031");
    assert_int_equal(phone->status, 422);
    SAYS(phone, "王小明");
    SAYS(phone, "用其他证件");
    phone_get(phone, "/apply/step/4?who=paper");
    SAYS(phone, "护照");
    phone_post(phone, phone->here, "_who=paper&name=王小明&paper=passport&paper_number=E12345678");
    phone_go(phone);
    SAYS(phone, "怎么找到您？");
    phone_post(phone, phone->here, "phone=139+0000+2675&message=yes&address=双塔街道枣园社区");
    phone_go(phone);
    SAYS(phone, "对方是谁？");
    phone_post(phone, phone->here, "other_kind=firm&other_name=洁宇家政公司");
    phone_go(phone);
    SAYS(phone, "材料");
}

void phone_upload(struct phone *phone, const char *path, struct str content)
{
    char csrf[200], key[200];
    struct buf body;

    snprintf(csrf, sizeof csrf, "%s", phone_hidden(phone, "_csrf"));
    snprintf(key, sizeof key, "%s", phone_hidden(phone, "_key"));
    char *copy = malloc(content.len);
    memcpy(copy, content.at, content.len);
    struct task made;
    task_begin(&made, NULL, TEST_NOW, TASK_BUDGET);
    body = buf_new(&made, 1024 * 1024);
    buf_format(&body,
               "--x\r\nContent-Disposition: form-data; name=\"_csrf\"\r\n\r\n%s\r\n"
               "--x\r\nContent-Disposition: form-data; name=\"_key\"\r\n\r\n%s\r\n"
               "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"欠条.jpg\"\r\n"
               "Content-Type: image/jpeg\r\n\r\n",
               csrf, key);
    buf_add_bytes(&body, copy, content.len);
    buf_add(&body, S("\r\n--x--\r\n"));
    phone_send(phone, "POST", path, "multipart/form-data; boundary=x", buf_str(&body));
    task_end(&made);
    free(copy);
}
