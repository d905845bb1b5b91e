#include "base/text.h"
#include "upstream/upstream_priv.h"

static const char *const words[] = {
    [UPSTREAM_OK] = "ok",
    [UPSTREAM_RESOLVE] = "resolve",
    [UPSTREAM_CONNECT] = "connect",
    [UPSTREAM_TLS] = "tls",
    [UPSTREAM_PROXY] = "proxy",
    [UPSTREAM_SEND] = "send",
    [UPSTREAM_FIRST_BYTE] = "first_byte",
    [UPSTREAM_IDLE] = "idle",
    [UPSTREAM_TOTAL] = "total",
    [UPSTREAM_CUT] = "cut",
    [UPSTREAM_BAD_ANSWER] = "bad_answer",
    [UPSTREAM_CLIENT_GONE] = "client_gone",
    [UPSTREAM_ABORTED] = "aborted",
    [UPSTREAM_OURS] = "ours",
};

const char *upstream_outcome_word(enum upstream_outcome outcome)
{
    return (size_t)outcome < ARRAY_LEN(words) ? words[outcome] : "unknown";
}

static const struct code_row {
    CURLcode code;
    enum upstream_outcome outcome;
} code_rows[] = {
    {CURLE_OK, UPSTREAM_OK},
    {CURLE_COULDNT_RESOLVE_HOST, UPSTREAM_RESOLVE},
    {CURLE_COULDNT_RESOLVE_PROXY, UPSTREAM_RESOLVE},
    {CURLE_COULDNT_CONNECT, UPSTREAM_CONNECT},
    {CURLE_OPERATION_TIMEDOUT, UPSTREAM_CONNECT}, /* the only time limit curl is given */
    {CURLE_INTERFACE_FAILED, UPSTREAM_CONNECT},
    {CURLE_PROXY, UPSTREAM_PROXY},
    {CURLE_SSL_CONNECT_ERROR, UPSTREAM_TLS},
    {CURLE_PEER_FAILED_VERIFICATION, UPSTREAM_TLS},
    {CURLE_SSL_ENGINE_NOTFOUND, UPSTREAM_TLS},
    {CURLE_SSL_ENGINE_SETFAILED, UPSTREAM_TLS},
    {CURLE_SSL_CERTPROBLEM, UPSTREAM_TLS},
    {CURLE_SSL_CIPHER, UPSTREAM_TLS},
    {CURLE_SSL_CACERT_BADFILE, UPSTREAM_TLS},
    {CURLE_SSL_ISSUER_ERROR, UPSTREAM_TLS},
    {CURLE_SSL_INVALIDCERTSTATUS, UPSTREAM_TLS},
    {CURLE_SEND_ERROR, UPSTREAM_SEND},
    {CURLE_SEND_FAIL_REWIND, UPSTREAM_SEND},
    {CURLE_RECV_ERROR, UPSTREAM_CUT},
    {CURLE_GOT_NOTHING, UPSTREAM_CUT},
    {CURLE_PARTIAL_FILE, UPSTREAM_CUT},
    {CURLE_SSL_SHUTDOWN_FAILED, UPSTREAM_CUT},
    {CURLE_HTTP2, UPSTREAM_CUT},
    {CURLE_HTTP2_STREAM, UPSTREAM_CUT},
    {CURLE_BAD_CONTENT_ENCODING, UPSTREAM_BAD_ANSWER},
    {CURLE_WEIRD_SERVER_REPLY, UPSTREAM_BAD_ANSWER},
    {CURLE_ABORTED_BY_CALLBACK, UPSTREAM_ABORTED},
    {CURLE_WRITE_ERROR, UPSTREAM_BAD_ANSWER}, /* ours have been told apart before */
};

enum upstream_outcome upstream_outcome_of(CURLcode code, const struct upstream_request *request,
                                          long connect_status, bool connected)
{
    bool by_proxy = !text_empty(request->proxy);
    if (by_proxy && (connect_status >= 400 || code == CURLE_COULDNT_CONNECT))
        return UPSTREAM_PROXY;
    for (size_t i = 0; i < ARRAY_LEN(code_rows); i++)
        if (code_rows[i].code == code)
            return code_rows[i].outcome;
    /* Whatever else went wrong on a connection, the other side's words did it: HTTP/0.9, for one,
     * comes as an unsupported protocol. */
    return connected ? UPSTREAM_BAD_ANSWER : UPSTREAM_OURS;
}
