/* What must be right of an upload before anything of it is sent: numbers, commands, protocols; that what
 * describes a file is JSON; that a multipart body which is in memory has its end. */
#ifndef API_UPLOAD_CHECK_H
#define API_UPLOAD_CHECK_H

#include "api/native.h"

/* Google takes files up to 2 GB; the envelope of a multipart upload comes on top. */
#define UPLOAD_MAX ((int64_t)2200 * 1024 * 1024)

/* The headers, of any request of the protocol. 0 or 400 with the field's name. */
int upload_check_headers(struct http_call *http);
/* The body of a start, or of an upload in one request, as far as native_take_front() has it. */
int upload_check_front(struct native *native);
/* True where the request only announces an upload: X-Goog-Upload-Protocol or uploadType say
 * resumable. */
bool upload_is_start(struct http_request *req);

#endif
