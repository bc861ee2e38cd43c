#include "http/address.h"

#include <arpa/inet.h>
#include <string.h>

enum { V4_BYTES = 4, V6_COUNTED = 8 };

/* The bytes that count, and how many they are. */
static enum address_kind read_address(struct str address, unsigned char ret_bytes[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const unsigned char translated[12] = {0x00, 0x64, 0xff, 0x9b};
    char text[INET6_ADDRSTRLEN] = {0};

    memset(ret_bytes, 0, 16);
    if (!address.len || address.len >= sizeof text)
        return ADDRESS_OTHER;
    memcpy(text, address.at, address.len);
    if (inet_pton(AF_INET, text, ret_bytes) == 1)
        return ADDRESS_V4;
    if (inet_pton(AF_INET6, text, ret_bytes) != 1)
        return ADDRESS_OTHER;
    if (memcmp(ret_bytes, mapped, sizeof mapped) != 0 &&
        memcmp(ret_bytes, translated, sizeof translated) != 0)
        return ADDRESS_V6;
    memcpy(ret_bytes, ret_bytes + sizeof mapped, V4_BYTES);
    return ADDRESS_V4;
}

void address_counted(struct str address, uint64_t ret_key[2])
{
    unsigned char bytes[16];
    enum address_kind kind = read_address(address, bytes);

    ret_key[0] = 0;
    ret_key[1] = kind;
    if (kind != ADDRESS_OTHER)
        memcpy(ret_key, bytes, kind == ADDRESS_V4 ? V4_BYTES : V6_COUNTED);
}

struct str address_counted_text(struct task *t, struct str address)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char bytes[16];
    enum address_kind kind = read_address(address, bytes);

    if (kind == ADDRESS_OTHER)
        return address;
    if (kind == ADDRESS_V6)
        memset(bytes + V6_COUNTED, 0, sizeof bytes - V6_COUNTED);
    if (!inet_ntop(kind == ADDRESS_V4 ? AF_INET : AF_INET6, bytes, text, sizeof text))
        return address;
    return str_format(t, kind == ADDRESS_V4 ? "%s" : "%s/64", text);
}
