/* Images of one request as events, each while it is being made: tries, then the image. */
#ifndef API_IMAGE_STREAMS_H
#define API_IMAGE_STREAMS_H

#include "api/openai_parts.h"
#include "translate/openai_images.h"

/* Runs the parts, one for each image, which have been aimed at streamGenerateContent. Images that are
 * made count, even where others are refused or fail; when none is, the first failure is told, with its
 * status as long as nothing was sent. Logs the request; returns what a handler returns. */
int image_streams_run(struct api_call *call, const struct image_request *request,
                      struct fan_out_part *parts, int count);

#endif
