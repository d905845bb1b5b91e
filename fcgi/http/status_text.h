/* Reason phrases. Private to http. */
#ifndef HTTP_STATUS_TEXT_H
#define HTTP_STATUS_TEXT_H

/* "Not Found" of 404; "Status" of a number without a phrase. */
const char *http_status_text(int status);

#endif
