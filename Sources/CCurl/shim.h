#include <curl/curl.h>

/// What data of a transfer is handed over with; CURLOPT_WRITEFUNCTION(3), CURLOPT_HEADERFUNCTION(3) and
/// CURLOPT_READFUNCTION(3) have the same shape.
typedef size_t (*ccurl_data_function)(char *bytes, size_t size, size_t count, void *context);
/// CURLOPT_SEEKFUNCTION(3).
typedef int (*ccurl_seek_function)(void *context, curl_off_t offset, int origin);
/// CURLOPT_PREREQFUNCTION(3).
typedef int (*ccurl_ready_function)(void *context, char *from, char *to, int from_port, int to_port);

/// CURLOPT_OPENSOCKETFUNCTION(3).
typedef curl_socket_t (*ccurl_socket_function)(void *context, curlsocktype purpose, struct curl_sockaddr *address);

// curl_easy_setopt(3) and curl_easy_getinfo(3) are variadic: one function for each type of argument.

static inline CURLcode ccurl_set_number(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

/// The bytes are copied.
static inline CURLcode ccurl_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t count) {
    struct curl_blob blob = {(void *)bytes, count, CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}

static inline CURLcode ccurl_set_data_function(CURL *handle, CURLoption option, ccurl_data_function value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_seek_function(CURL *handle, ccurl_seek_function value) {
    return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, value);
}

static inline CURLcode ccurl_set_ready_function(CURL *handle, ccurl_ready_function value) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, value);
}

static inline CURLcode ccurl_set_socket_function(CURL *handle, ccurl_socket_function value) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, value);
}

static inline CURLcode ccurl_get_number(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_get_size(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}

/// The text belongs to the handle.
static inline CURLcode ccurl_get_text(CURL *handle, CURLINFO info, const char **value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLMcode ccurl_multi_set_number(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

/// A transfer that has ended, and how; curl_multi_info_read(3). Returns 0 when there is none.
static inline int ccurl_multi_next_done(CURLM *multi, CURL **handle, CURLcode *result) {
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        *handle = message->easy_handle;
        *result = message->data.result;
        return 1;
    }
    return 0;
}

/// CURL_GLOBAL_DEFAULT and the answers of callbacks are macros with casts.
static const long ccurl_global_default = CURL_GLOBAL_DEFAULT;
static const CURLversion ccurl_version_now = CURLVERSION_NOW;
static const size_t ccurl_write_pause = CURL_WRITEFUNC_PAUSE;
static const size_t ccurl_read_pause = CURL_READFUNC_PAUSE;
static const size_t ccurl_read_abort = CURL_READFUNC_ABORT;
