#include "rivals.h"

#include <algorithm>
#include <string>
#include <vector>

#include <xapian.h>

namespace {

struct engine {
    std::string path;
    Xapian::WritableDatabase writing;
    Xapian::Database reading;
    std::vector<uint64_t> sorted;
};

std::string spelled(uint64_t term)
{
    std::string bytes;

    for (int shift = 56; shift >= 0; shift -= 8)
        bytes += static_cast<char>(term >> shift);
    return bytes;
}

void *begin(const char *path)
try {
    engine *e = new engine;
    e->path = path;
    e->writing = Xapian::WritableDatabase(path, Xapian::DB_CREATE_OR_OVERWRITE | Xapian::DB_NO_SYNC);
    return e;
} catch (...) {
    return nullptr;
}

bool add(void *rival, uint64_t id, const uint64_t *terms, size_t n)
try {
    engine *e = static_cast<engine *>(rival);
    Xapian::Document doc;
    e->sorted.assign(terms, terms + n);
    std::sort(e->sorted.begin(), e->sorted.end());
    for (size_t i = 0, k; i < n; i = k) {
        for (k = i; k < n && e->sorted[k] == e->sorted[i]; k++)
            continue;
        doc.add_term(spelled(e->sorted[i]), static_cast<Xapian::termcount>(k - i));
    }
    e->writing.replace_document(static_cast<Xapian::docid>(id), doc);
    return true;
} catch (...) {
    return false;
}

bool end(void *rival)
try {
    engine *e = static_cast<engine *>(rival);
    e->writing.commit();
    e->writing.close();
    std::string compact = e->path + ".compact";
    Xapian::Database(e->path).compact(compact);
    e->reading = Xapian::Database(compact);
    return true;
} catch (...) {
    return false;
}

size_t ask(void *rival, const uint64_t *terms, size_t n, size_t most, uint64_t *ret_ids)
try {
    engine *e = static_cast<engine *>(rival);
    std::vector<Xapian::Query> parts;
    for (size_t i = 0; i < n; i++)
        parts.push_back(Xapian::Query(spelled(terms[i])));
    Xapian::Enquire enquire(e->reading);
    enquire.set_weighting_scheme(Xapian::BM25Weight(1.2, 0, 1, 0.75, 0));
    enquire.set_query(Xapian::Query(Xapian::Query::OP_OR, parts.begin(), parts.end()));
    Xapian::MSet found = enquire.get_mset(0, static_cast<Xapian::doccount>(most));
    size_t rows = 0;
    for (Xapian::MSetIterator i = found.begin(); i != found.end(); ++i)
        ret_ids[rows++] = *i;
    return rows;
} catch (...) {
    return 0;
}

void close(void *rival)
{
    delete static_cast<engine *>(rival);
}

} // namespace

extern "C" const struct rival rival_xapian = {"Xapian", begin, add, end, ask, close};
