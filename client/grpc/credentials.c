#include "client/grpc/credentials.h"

#include "client/grpc/server_certificate.h"

#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <grpc/support/string_util.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/* Belongs to C core: verifies the servers of all channels, in any thread. */
struct verifier_of_servers {
    grpc_tls_certificate_verifier_external external;
    struct server_certificate_judge *judge; /* NULL: --insecure-skip-verify */
    atomic_uint passes;
};

/* Orders the threads that C core passes the verifier to: the sanitizer does not see C core do so.
 */
static void pass_on(struct verifier_of_servers *verifier)
{
    (void)atomic_fetch_add(&verifier->passes, 1);
}

static atomic_bool met_tls;

bool credentials_met_tls(void)
{
    return atomic_load(&met_tls);
}

/* After each handshake, and before anything is sent. */
static int verify(void *user_data, grpc_tls_custom_verification_check_request *request,
                  grpc_tls_on_custom_verification_check_done_cb done, void *done_argument,
                  grpc_status_code *ret_status, char **ret_details)
{
    struct verifier_of_servers *verifier = user_data;
    char reason[SERVER_CERTIFICATE_REASON_SIZE];
    const char *chain = request->peer_info.peer_cert_full_chain;
    (void)done;
    (void)done_argument;
    pass_on(verifier);
    atomic_store(&met_tls, true);
    if (verifier->judge == NULL ||
        server_certificate_is_good(verifier->judge,
                                   chain == NULL ? request->peer_info.peer_cert : chain, reason)) {
        *ret_status = GRPC_STATUS_OK;
    } else {
        *ret_status = GRPC_STATUS_UNAUTHENTICATED;
        *ret_details = gpr_strdup(reason);
    }
    pass_on(verifier);
    return 1; /* it is decided */
}

static void cancel(void *user_data, grpc_tls_custom_verification_check_request *request)
{
    (void)user_data;
    (void)request;
}

static void destroy(void *user_data)
{
    struct verifier_of_servers *verifier = user_data;
    pass_on(verifier);
    server_certificate_judge_destroy(verifier->judge);
    free(verifier);
}

static struct verifier_of_servers *create_verifier(const struct tls_plan *tls)
{
    struct verifier_of_servers *verifier = calloc(1, sizeof *verifier);
    if (verifier == NULL) {
        return NULL;
    }
    verifier->external = (grpc_tls_certificate_verifier_external){
        .user_data = verifier, .verify = verify, .cancel = cancel, .destruct = destroy};
    if (!tls->skips_verification) {
        verifier->judge = server_certificate_judge_create(tls->files.authorities, tls->name);
        if (verifier->judge == NULL) {
            destroy(verifier);
            return NULL;
        }
    }
    pass_on(verifier);
    return verifier;
}

/* Our own certificate, for mutual TLS. */
static void show_certificate(grpc_tls_credentials_options *options, const struct tls_plan *tls)
{
    if (tls->files.certificate == NULL) {
        return;
    }
    grpc_tls_identity_pairs *pairs = grpc_tls_identity_pairs_create();
    grpc_tls_identity_pairs_add_pair(pairs, tls->files.key, tls->files.certificate);
    grpc_tls_certificate_provider *provider =
        grpc_tls_certificate_provider_static_data_create(NULL, pairs);
    grpc_tls_credentials_options_set_certificate_provider(options, provider);
    grpc_tls_credentials_options_watch_identity_key_cert_pairs(options);
    grpc_tls_certificate_provider_release(provider);
}

grpc_channel_credentials *credentials_create(const struct tls_plan *tls)
{
    struct verifier_of_servers *servers = create_verifier(tls);
    if (servers == NULL) {
        return NULL;
    }
    grpc_tls_certificate_verifier *verifier =
        grpc_tls_certificate_verifier_external_create(&servers->external);
    grpc_tls_credentials_options *options = grpc_tls_credentials_options_create();
    /* Ours is the only verification: C core's would end the handshake without a reason. */
    grpc_tls_credentials_options_set_verify_server_cert(options, 0);
    grpc_tls_credentials_options_set_check_call_host(options, 0);
    grpc_tls_credentials_options_set_certificate_verifier(options, verifier);
    grpc_tls_certificate_verifier_release(verifier);
    show_certificate(options, tls);
    return grpc_tls_credentials_create(options);
}
