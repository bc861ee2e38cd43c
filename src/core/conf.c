#include "core/conf.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/task.h"

enum { CONF_BYTES = 64 * 1024 };

enum setting_type { SETTING_TEXT, SETTING_INT, SETTING_BOOL, SETTING_WORD };

struct word {
    const char *word;
    int value;
};

static const struct word suites[] = {
    {"international", SUITE_INTERNATIONAL}, {"chinese", SUITE_CHINESE}, {NULL, 0}};
static const struct word levels[] = {{"debug", LEVEL_DEBUG},
                                     {"info", LEVEL_INFO},
                                     {"warn", LEVEL_WARN},
                                     {"error", LEVEL_ERROR},
                                     {NULL, 0}};

static const char *check_url(struct str value);
static const char *check_url_or_none(struct str value);

struct setting {
    const char *name;
    enum setting_type type;
    size_t offset;
    const char *fallback;
    int64_t min, max;                       /* SETTING_INT */
    const struct word *words;               /* SETTING_WORD */
    const char *(*check)(struct str value); /* SETTING_TEXT; NULL: anything */
    const char *explanation;
};

#define AT(member) offsetof(struct conf, member)

static const struct setting settings[] = {
    {"listen", SETTING_TEXT, AT(listen), "127.0.0.1", 0, 0, NULL, NULL,
     "监听的地址。前面有 nginx 时保持 127.0.0.1；:: 表示所有地址。"},
    {"port", SETTING_INT, AT(port), "8080", 0, 65535, NULL, NULL, "监听的端口；0 由系统选一个。"},
    {"base_url", SETTING_TEXT, AT(base_url), "http://127.0.0.1:8080", 0, 0, NULL, check_url,
     "群众看到的网址，印在告知单和二维码里，末尾不带斜杠。"},
    {"secure_cookies", SETTING_BOOL, AT(secure_cookies), "no", 0, 0, NULL, NULL,
     "只在 https 下发送 cookie。正式运行应为 yes。"},
    {"trusted_proxies", SETTING_TEXT, AT(trusted_proxies), "127.0.0.1 ::1", 0, 0, NULL, NULL,
     "可信的前置代理地址，用空格分开；只信它们的 X-Real-IP。"},
    {"pollers", SETTING_INT, AT(pollers), "2", 1, 64, NULL, NULL, "收发请求的线程数。"},
    {"workers", SETTING_INT, AT(workers), "64", 1, 1024, NULL, NULL, "处理请求的线程数。"},
    {"upload_workers", SETTING_INT, AT(upload_workers), "8", 1, 256, NULL, NULL,
     "处理带附件的请求的线程数；这些线程让别的请求先走。"},
    {"queue", SETTING_INT, AT(queue), "1024", 1, 65536, NULL, NULL,
     "最多有多少请求排队等线程；再多就答复“稍后再试”。"},
    {"connections", SETTING_INT, AT(connections), "16384", 8, 1000000, NULL, NULL,
     "最多同时多少个连接。"},
    {"body_memory_mib", SETTING_INT, AT(body_memory_mib), "256", 1, 65536, NULL, NULL,
     "正在收的请求和对方还没有取走的答复合计最多占多少内存（MiB）。"},
    {"address_connections", SETTING_INT, AT(address_connections), "2048", 1, 1000000, NULL, NULL,
     "同一地址最多同时多少个连接，不超过全部的一半。一个单位几百人共用一个出口地址时也够用。"},
    {"address_requests", SETTING_INT, AT(address_requests), "256", 1, 65536, NULL, NULL,
     "同一地址最多有多少请求排队，不超过全部的一半；轮到时各地址轮流。"},
    {"address_memory_mib", SETTING_INT, AT(address_memory_mib), "128", 43, 65536, NULL, NULL,
     "同一地址正在发来和还没有取走的内容最多占多少内存（MiB），不超过全部的一半。"},
    {"work_memory_mib", SETTING_INT, AT(work_memory_mib), "256", 64, 65536, NULL, NULL,
     "所有正在办的请求合计最多占多少内存（MiB）；再多就答复“稍后再试”。"},
    {"reserve_mib", SETTING_INT, AT(reserve_mib), "2048", 0, 1048576, NULL, NULL,
     "放文件的磁盘剩余空间少于这么多（MiB）时，不再收群众从网上传的文件，留给窗口办理。"},
    {"secret_per_minute", SETTING_INT, AT(secret_per_minute), "30", 1, 100000, NULL, NULL,
     "同一地址每分钟最多试多少次密码或查询码。"},
    {"ask_per_minute", SETTING_INT, AT(ask_per_minute), "60", 0, 100000, NULL, NULL,
     "同一地址没有登录时每分钟最多问多少个法律问题；0：不限。"},
    {"stop_seconds", SETTING_INT, AT(stop_seconds), "20", 0, 3600, NULL, NULL,
     "停止时最多等正在办的请求多少秒。"},
    {"store", SETTING_TEXT, AT(store), "", 0, 0, NULL, NULL,
     "PostgreSQL 数据库的地址 postgresql://用户@主机/库；空着用数据目录里的 SQLite。"},
    {"store_readers", SETTING_INT, AT(store_readers), "0", 0, 64, NULL, NULL,
     "读数据库的连接数；0：SQLite 用 4 个，PostgreSQL 用 8 个。"},
    {"store_writers", SETTING_INT, AT(store_writers), "16", 1, 64, NULL, NULL,
     "PostgreSQL：一个城市最多占用的写连接数；另有四分之一留给其他城市，需要时才连接。"},
    {"lease_seconds", SETTING_INT, AT(lease_seconds), "60", 5, 3600, NULL, NULL,
     "几台服务器时，一项后台工作拿在手里多少秒没有续，就由别的服务器接手。"},
    {"files", SETTING_TEXT, AT(files), "", 0, 0, NULL, NULL,
     "附件和文书放在哪里：一个目录，或 s3://存储桶/前缀；空着放在数据目录里。几台服务器要用同一处。"},
    {"s3_endpoint", SETTING_TEXT, AT(s3_endpoint), "", 0, 0, NULL, check_url_or_none,
     "S3 服务的地址；存储桶要写进主机名的，用 {bucket} 占位。"},
    {"s3_region", SETTING_TEXT, AT(s3_region), "us-east-1", 0, 0, NULL, NULL, "S3 的区域。"},
    {"s3_key", SETTING_TEXT, AT(s3_key), "", 0, 0, NULL, NULL, "S3 的访问密钥编号。"},
    {"s3_secret", SETTING_TEXT, AT(s3_secret), "", 0, 0, NULL, NULL,
     "S3 的访问密钥；最好由环境变量 YIMEN_S3_SECRET 给出。"},
    {"wal_pages", SETTING_INT, AT(wal_pages), "20000", 1000, 10000000, NULL, NULL,
     "预写日志超过多少页就合并进数据库。"},
    {"key_file", SETTING_TEXT, AT(key_file), "", 0, 0, NULL, NULL,
     "密钥文件的位置，应与数据分开保管、分开备份；空着用默认位置。"},
    {"suite", SETTING_WORD, AT(suite), "international", 0, 0, suites, NULL,
     "密码算法：international 是 AES-256-GCM 与 SHA-256，chinese 是 SM4 与 SM3。建库后不能改。"},
    {"log_level", SETTING_WORD, AT(log_level), "info", 0, 0, levels, NULL,
     "日志从哪一级记起：debug、info、warn、error。"},
    {"access_log", SETTING_BOOL, AT(access_log), "yes", 0, 0, NULL, NULL,
     "每个请求记一行日志（不含个人信息）。"},
    {"sms_url", SETTING_TEXT, AT(sms_url), "", 0, 0, NULL, check_url_or_none,
     "短信网关的网址：对每条短信 POST 一个 JSON {\"to\", \"text\", \"id\"}，答 2xx 即为收下，相同的 id "
     "只发一次。空着就不发短信，改为提示工作人员打电话。"},
    {"sms_token", SETTING_TEXT, AT(sms_token), "", 0, 0, NULL, NULL,
     "短信网关的令牌，以 Authorization: Bearer 发送；空着不发。"},
    {"model_url", SETTING_TEXT, AT(model_url), "", 0, 0, NULL, check_url_or_none,
     "语言模型的网址（OpenAI 兼容，如 http://127.0.0.1:8000/v1）：把查到的法条说成几句话，逐句核对后显示。"
     "发出的是遮去号码的问题和查到的法条，别的没有；是否允许，由当地依法决定。空着不用。"},
    {"model_key", SETTING_TEXT, AT(model_key), "", 0, 0, NULL, NULL,
     "语言模型的密钥，以 Authorization: Bearer 发送；空着不发。"},
    {"model_name", SETTING_TEXT, AT(model_name), "", 0, 0, NULL, NULL, "用哪个语言模型。"},
    {"model_timeout", SETTING_INT, AT(model_timeout), "4", 1, 30, NULL, NULL,
     "最多等语言模型多少秒；等不到就只显示法条。"},
    {"model_per_minute", SETTING_INT, AT(model_per_minute), "60", 1, 100000, NULL, NULL,
     "每分钟最多问语言模型多少次；再多的只显示法条。"},
};

enum { SETTINGS = sizeof settings / sizeof *settings };

static const char *check_url(struct str value)
{
    size_t head = str_starts(value, S("https://")) ? 8 : str_starts(value, S("http://")) ? 7 : 0;

    if (!head || value.len == head || str_ends(value, S("/")))
        return "应以 http:// 或 https:// 开头，末尾不带斜杠";
    return NULL;
}

static const char *check_url_or_none(struct str value)
{
    return value.len ? check_url(value) : NULL;
}

/* One value, with where it stands for the message. */
static void set(struct task *t, const struct setting *setting, struct str value, struct str where,
                struct conf *conf)
{
    void *at = (char *)conf + setting->offset;
    const char *name = setting->name, *wrong = NULL;
    int64_t number;

    switch (setting->type) {
    case SETTING_TEXT:
        wrong = utf8_valid(value) ? setting->check ? setting->check(value) : NULL
                                  : "不是有效的 UTF-8 文字";
        if (wrong)
            task_field_error(t, where, "%s：%s", name, wrong);
        else
            *(struct str *)at = str_copy(t, value);
        break;
    case SETTING_INT:
        if (str_int(value, &number) && number >= setting->min && number <= setting->max)
            *(int64_t *)at = number;
        else
            task_field_error(t, where, "%s：应为 %lld 到 %lld 之间的整数", name,
                             (long long)setting->min, (long long)setting->max);
        break;
    case SETTING_BOOL:
        if (str_is(value, "yes") || str_is(value, "no"))
            *(bool *)at = str_is(value, "yes");
        else
            task_field_error(t, where, "%s：应为 yes 或 no", name);
        break;
    case SETTING_WORD:
        for (const struct word *word = setting->words; word->word; word++) {
            if (str_is(value, word->word)) {
                memcpy(at, &word->value, sizeof word->value); /* an enumeration: see below */
                return;
            }
        }
        task_field_error(t, where, "%s：不认识“%.*s”", name, STR_ARG(str_first(value, 40)));
        break;
    }
}

_Static_assert(sizeof(enum crypto_suite) == sizeof(int) && sizeof(enum log_level) == sizeof(int),
               "set() writes words as int");

static const struct setting *find(struct str name)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (str_is(name, settings[i].name))
            return &settings[i];
    return NULL;
}

static void read_line(struct task *t, struct str line, struct str where, bool *given,
                      struct conf *conf)
{
    struct str name;

    line = str_trim(line);
    if (!line.len || line.at[0] == '#')
        return;
    if (str_find(line, S("=")) == SIZE_MAX) {
        task_field_error(t, where, "这一行不是“名称 = 值”");
        return;
    }
    str_cut(&line, '=', &name);
    name = str_trim(name);
    const struct setting *setting = find(name);
    if (!setting) {
        task_field_error(t, where, "没有“%.*s”这个设置", STR_ARG(str_first(name, 60)));
        return;
    }
    if (given[setting - settings]) {
        task_field_error(t, where, "%s 写了两次", setting->name);
        return;
    }
    given[setting - settings] = true;
    set(t, setting, str_trim(line), where, conf);
}

static void read_environment(struct task *t, char *(*getenv_fn)(const char *), struct conf *conf)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        char *name = str_terminated(t, str_format(t, "YIMEN_%s", settings[i].name));

        for (char *c = name; *c; c++)
            if (*c >= 'a' && *c <= 'z')
                *c = (char)(*c - 'a' + 'A');
        const char *value = getenv_fn(name);
        if (value)
            set(t, &settings[i], str_trim(str_of(value)), str_of(name), conf);
    }
}

enum err conf_parse(struct task *t, struct str text, const char *file,
                    char *(*getenv_fn)(const char *), struct conf *ret_conf)
{
    struct conf conf = {0};
    bool given[SETTINGS] = {false};
    const struct field_error *before = t->last_field_error;
    struct str line;

    for (size_t i = 0; i < SETTINGS; i++)
        set(t, &settings[i], str_of(settings[i].fallback), S("default"), &conf);
    for (int number = 1; str_cut(&text, '\n', &line); number++)
        read_line(t, line, str_format(t, "%s:%d", file, number), given, &conf);
    if (getenv_fn)
        read_environment(t, getenv_fn, &conf);
    if (t->last_field_error != before)
        return task_input_verdict(t);
    *ret_conf = conf;
    return OK;
}

enum err conf_load(struct task *t, const char *file, bool must_exist, struct conf *ret_conf)
{
    char *text = NEW(t, char, CONF_BYTES + 1);
    FILE *in = fopen(file, "re");

    if (!in && errno == ENOENT && !must_exist)
        return conf_parse(t, (struct str){0}, file, getenv, ret_conf);
    if (!in)
        return task_fail(t, errno == ENOENT ? ERR_NOT_FOUND : ERR_STORE, "打不开设置文件 %s：%s",
                         file, strerror(errno));
    size_t n = fread(text, 1, CONF_BYTES + 1, in);
    bool failed = ferror(in);
    fclose(in);
    if (failed)
        return task_fail(t, ERR_STORE, "读不了设置文件 %s", file);
    if (n > CONF_BYTES)
        return task_fail(t, ERR_TOO_LARGE, "设置文件 %s 超过 64 KiB", file);
    return conf_parse(t, (struct str){text, n}, file, getenv, ret_conf);
}

void conf_write_example(struct buf *b)
{
    buf_add(
        b,
        S("# 一门的设置。去掉行首的 # 并改值即生效；环境变量 YIMEN_名称（大写）优先于本文件。\n"));
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *setting = &settings[i];

        buf_format(b, "\n# %s\n", setting->explanation);
        if (setting->type == SETTING_INT)
            buf_format(b, "# （%lld 到 %lld）\n", (long long)setting->min, (long long)setting->max);
        buf_format(b, "#%s = %s\n", setting->name, setting->fallback);
    }
}
