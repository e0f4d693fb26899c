#include "server/stores/etcd/etcd_token.h"

#include "etcd.pb-c.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define RETRY_AWAY    (200 * NS_PER_MS)
#define RETRY_REFUSED (5 * NS_PER_S) /* a wrong password costs etcd much CPU */

void etcd_token_init(struct etcd_token *token, const char *user, const char *password)
{
    *token = (struct etcd_token){.user = user, .password = password};
}

static void drop_text(struct etcd_token *token)
{
    if (token->text != NULL) {
        sodium_memzero(token->text, strlen(token->text));
        free(token->text);
        token->text = NULL;
    }
}

void etcd_token_cleanup(struct etcd_token *token)
{
    drop_text(token);
}

bool etcd_token_is_wanted(const struct etcd_token *token)
{
    return token->user != NULL;
}

bool etcd_token_is_ready(const struct etcd_token *token)
{
    return token->user == NULL || token->text != NULL || token->is_off;
}

bool etcd_token_is_due(const struct etcd_token *token, int64_t now)
{
    return !etcd_token_is_ready(token) && !token->is_asking && now >= token->retry_at;
}

void etcd_token_renew(struct etcd_token *token)
{
    drop_text(token);
    token->is_off = false;
    token->retry_at = 0;
}

void etcd_token_take(struct etcd_token *token, const uint8_t *bytes, size_t length,
                     const char *reason, bool is_refused, int64_t now)
{
    token->is_asking = false;
    if (bytes == NULL) {
        token->is_off = strstr(reason, "not enabled") != NULL;
        token->retry_at = now + (is_refused ? RETRY_REFUSED : RETRY_AWAY);
        return;
    }
    Etcd__AuthenticateResponse *response = etcd__authenticate_response__unpack(NULL, length, bytes);
    token->retry_at = now + RETRY_AWAY;
    if (response != NULL) {
        drop_text(token);
        token->text = response->token[0] == '\0' ? NULL : strdup(response->token);
        etcd__authenticate_response__free_unpacked(response, NULL);
    }
}

void etcd_token_free_request(struct etcd_bytes *request)
{
    sodium_memzero(request->data, request->length);
    free(request->data);
    *request = (struct etcd_bytes){.data = NULL};
}
