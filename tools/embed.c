/*
 * embed - writes files as C arrays, because gcc 12 has no #embed.
 *
 *   embed templates OUT.c OUT.d MODULES WEB   MODULES/<module>/pages/.../<page>.html, named
 * "<module>/<page>"
 *   embed assets OUT.c OUT.d WEB              the files of WEB with a known type, by their path
 *   embed text OUT.c OUT.d SYMBOL FILE           one file as `const struct str SYMBOL`
 *   embed texts OUT.c OUT.d SYMBOL FOLDER        the .yaml files below FOLDER as pairs of name and
 * text, ended by an empty name: `const struct str SYMBOL[][2]`
 *
 * In a template every /static/NAME gets ?v=HASH of the file's content, and the blanks that begin a
 * line are dropped: they are for the author, not for the wire.  OUT.d lists the files and folders
 * that were read, so that ninja runs this again when a file is added.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct file {
    char *name; /* as the program knows it */
    char *content;
    size_t len;
    char hash[17];
};

struct files {
    struct file *at;
    size_t count;
};

static FILE *out, *dependencies;

static void die(const char *what, const char *path)
{
    fprintf(stderr, "embed: %s: ", what);
    perror(path);
    exit(1);
}

static char *joined(const char *a, const char *separator, const char *b)
{
    char *text = malloc(strlen(a) + strlen(separator) + strlen(b) + 1);

    if (!text)
        die("memory", a);
    sprintf(text, "%s%s%s", a, separator, b);
    return text;
}

static char *read_file(const char *path, size_t *ret_len)
{
    FILE *in = fopen(path, "rb");
    struct stat status;

    if (!in || fstat(fileno(in), &status) != 0)
        die("cannot read", path);
    char *content = malloc((size_t)status.st_size + 1);
    if (!content || fread(content, 1, (size_t)status.st_size, in) != (size_t)status.st_size)
        die("cannot read", path);
    fclose(in);
    content[status.st_size] = 0;
    *ret_len = (size_t)status.st_size;
    fprintf(dependencies, " %s", path);
    return content;
}

/* FNV-1a: it names a version for caches, it protects nothing. */
static void hash_of(const char *content, size_t len, char ret_hash[17])
{
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)content[i]) * 1099511628211u;
    snprintf(ret_hash, 17, "%016llx", (unsigned long long)hash);
}

static bool ends(const char *name, const char *end)
{
    size_t n = strlen(name), e = strlen(end);

    return n > e && strcmp(name + n - e, end) == 0;
}

static const char *const types[][2] = {
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".webmanifest", "application/manifest+json"},
};

static const char *type_of(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (ends(name, types[i][0]))
            return types[i][1];
    return NULL;
}

typedef bool wanted_fn(const char *name);

static bool is_asset(const char *name)
{
    return type_of(name) != NULL;
}

static bool is_page(const char *name)
{
    return ends(name, ".html");
}

static void add_file(struct files *files, char *name, char *content, size_t len)
{
    files->at = realloc(files->at, (files->count + 1) * sizeof *files->at);
    if (!files->at)
        die("memory", name);
    struct file *file = &files->at[files->count++];
    file->name = name;
    file->content = content;
    file->len = len;
    hash_of(content, len, file->hash);
}

/* A folder that is called like a file is that file: its parts one after the other, in order of
 * their names. */
static void add_joined(struct files *files, const char *folder, char *name)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);
    char *all = NULL;
    size_t all_len = 0, len;

    if (n < 0)
        die("cannot read", folder);
    fprintf(dependencies, " %s", folder);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] == '.')
            continue;
        char *part = read_file(joined(folder, "/", entries[i]->d_name), &len);
        all = realloc(all, all_len + len + 1);
        if (!all)
            die("memory", folder);
        memcpy(all + all_len, part, len);
        all_len += len;
        all[all_len] = 0;
    }
    add_file(files, name, all, all_len);
}

/* All wanted files below `folder`, in order of their names; `prefix` becomes part of theirs. */
static void gather(struct files *files, const char *folder, const char *prefix, wanted_fn *wanted)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);

    if (n < 0)
        return;
    fprintf(dependencies, " %s", folder);
    for (int i = 0; i < n; i++) {
        const char *entry = entries[i]->d_name;
        char *path = joined(folder, "/", entry);
        char *name = joined(prefix, "", entry);
        struct stat status;
        if (entry[0] == '.' || strcmp(entry, "node_modules") == 0 || stat(path, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode) && wanted(entry)) {
            add_joined(files, path, name);
        } else if (S_ISDIR(status.st_mode)) {
            gather(files, path, joined(name, "/", ""), wanted);
        } else if (wanted(entry)) {
            size_t len;
            char *content = read_file(path, &len);

            add_file(files, name, content, len);
        }
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static void write_bytes(const char *content, size_t len)
{
    size_t column = 0;

    fputs("\n    \"", out);
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)content[i];
        if (c == '\n')
            column += (size_t)fprintf(out, "\\n");
        else if (c == '"' || c == '\\')
            column += (size_t)fprintf(out, "\\%c", c);
        else if (c >= ' ' && c < 127 && c != '?')
            column += (size_t)fprintf(out, "%c", c);
        else
            column += (size_t)fprintf(out, "\\%03o", c);
        if (column > 90 && i + 1 < len) {
            fputs("\"\n    \"", out);
            column = 0;
        }
    }
    fputs("\"", out);
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '/';
}

static const struct file *asset_at(const struct files *files, const char *text, size_t *ret_len)
{
    size_t len = 0;

    while (is_word(text[len]))
        len++;
    *ret_len = len;
    for (size_t i = 0; i < files->count; i++)
        if (strlen(files->at[i].name) == len && strncmp(files->at[i].name, text, len) == 0)
            return &files->at[i];
    return NULL;
}

/* Drop the blanks that begin lines; put the hash behind the names of assets. */
static void prepare(struct file *page, const struct files *web)
{
    static const char lead[] = "/static/";
    size_t capacity = page->len * 2 + 1024, n = 0;
    char *made = malloc(capacity);
    bool line_begins = true;

    for (const char *at = page->content; made && *at; at++) {
        if (line_begins && (*at == ' ' || *at == '\t'))
            continue;
        line_begins = *at == '\n';
        size_t len;
        const struct file *asset = NULL;
        if (strncmp(at, lead, strlen(lead)) == 0) {
            asset = asset_at(web, at + strlen(lead), &len);
            if (!asset) {
                fprintf(stderr, "embed: %s: no such asset: %.40s\n", page->name, at);
                exit(1);
            }
        }
        if (n + 512 > capacity)
            made = realloc(made, capacity *= 2);
        if (!made)
            break;
        if (asset) {
            n += (size_t)snprintf(made + n, capacity - n, "%s%s?v=%s", lead, asset->name,
                                  asset->hash);
            at += strlen(lead) + len - 1;
        } else {
            made[n++] = *at;
        }
    }
    if (!made)
        die("memory", page->name);
    page->content = made;
    page->len = n;
}

static void write_templates(const char *modules, const char *web_folder)
{
    struct files web = {0}, pages = {0};
    struct dirent **entries;
    int n = scandir(modules, &entries, NULL, alphasort);

    if (n < 0)
        die("cannot read", modules);
    fprintf(dependencies, " %s", modules);
    gather(&web, web_folder, "", is_asset);
    for (int i = 0; i < n; i++)
        if (entries[i]->d_name[0] != '.')
            gather(&pages, joined(joined(modules, "/", entries[i]->d_name), "/", "pages"),
                   joined(entries[i]->d_name, "/", ""), is_page);
    fputs("#include \"view/template.h\"\n\nconst struct template_file template_files[] = {\n", out);
    for (size_t i = 0; i < pages.count; i++) {
        struct file *page = &pages.at[i];
        prepare(page, &web);
        page->name[strlen(page->name) - strlen(".html")] = 0;
        fprintf(out, "    {\"%s\",", page->name);
        write_bytes(page->content, page->len);
        fprintf(out, ", %zu},\n", page->len);
    }
    fputs("    {NULL, NULL, 0}};\n", out);
}

static void write_assets(const char *web_folder)
{
    struct files web = {0};

    gather(&web, web_folder, "", is_asset);
    if (web.count)
        qsort(web.at, web.count, sizeof *web.at, by_name);
    fputs("#include \"view/asset.h\"\n\n", out);
    for (size_t i = 0; i < web.count; i++) {
        fprintf(out, "static const unsigned char bytes_%zu[] =", i);
        write_bytes(web.at[i].content, web.at[i].len);
        fputs(";\n", out);
    }
    fputs("const struct asset assets[] = {\n", out);
    for (size_t i = 0; i < web.count; i++)
        fprintf(out, "    {\"%s\", \"%s\", \"%s\", bytes_%zu, %zu},\n", web.at[i].name,
                type_of(web.at[i].name), web.at[i].hash, i, web.at[i].len);
    fputs("    {NULL, NULL, NULL, NULL, 0}};\n", out);
}

static void write_text(const char *symbol, const char *path)
{
    size_t len;
    const char *content = read_file(path, &len);

    fprintf(out, "#include \"core/str.h\"\n\nextern const struct str %s;\n", symbol);
    fprintf(out, "const struct str %s = {", symbol);
    write_bytes(content, len);
    fprintf(out, ", %zu};\n", len);
}

static bool is_yaml(const char *name)
{
    return ends(name, ".yaml");
}

static void write_texts(const char *symbol, const char *folder)
{
    struct files files = {0};

    gather(&files, folder, "", is_yaml);
    fprintf(out, "#include \"core/str.h\"\n\nextern const struct str %s[][2];\n", symbol);
    fprintf(out, "const struct str %s[][2] = {\n", symbol);
    for (size_t i = 0; i < files.count; i++) {
        fprintf(out, "    {{\"%s\", %zu}, {", files.at[i].name, strlen(files.at[i].name));
        write_bytes(files.at[i].content, files.at[i].len);
        fprintf(out, ", %zu}},\n", files.at[i].len);
    }
    fputs("    {{NULL, 0}, {NULL, 0}}};\n", out);
}

int main(int argc, char **argv)
{
    bool texts = argc == 6 && strcmp(argv[1], "texts") == 0;
    bool templates = argc == 6 && strcmp(argv[1], "templates") == 0;
    bool text = argc == 6 && strcmp(argv[1], "text") == 0;

    if (!templates && !text && !texts && !(argc == 5 && strcmp(argv[1], "assets") == 0)) {
        fputs("usage: embed templates OUT.c OUT.d MODULES WEB | embed assets OUT.c OUT.d WEB\n"
              "     | embed text OUT.c OUT.d SYMBOL FILE | embed texts OUT.c OUT.d SYMBOL FOLDER\n",
              stderr);
        return 2;
    }
    out = fopen(argv[2], "wb");
    dependencies = fopen(argv[3], "wb");
    if (!out || !dependencies)
        die("cannot write", argv[2]);
    fprintf(dependencies, "%s:", argv[2]);
    if (templates)
        write_templates(argv[4], argv[5]);
    else if (text)
        write_text(argv[4], argv[5]);
    else if (texts)
        write_texts(argv[4], argv[5]);
    else
        write_assets(argv[4]);
    fputs("\n", dependencies);
    if (fclose(out) != 0 || fclose(dependencies) != 0)
        die("cannot write", argv[2]);
    return 0;
}
