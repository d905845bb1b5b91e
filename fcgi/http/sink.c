#include "http/sink_impl.h"

/* libfcgi reports a failed flush once and says 0 ever after, so the failure is kept here. */
static int latch(struct sink *sink, int result)
{
    if (result == 0)
        return 0;
    sink->failed = true;
    sink->transport->ops->give_up(sink->transport);
    return -1;
}

int sink_write(struct sink *sink, const void *data, size_t len)
{
    if (sink->failed)
        return -1;
    *sink->bytes += (int64_t)len;
    if (sink->bodyless || len == 0)
        return 0;
    return latch(sink, sink->transport->ops->write(sink->transport, data, len));
}

int sink_flush(struct sink *sink)
{
    if (sink->failed)
        return -1;
    return latch(sink, sink->transport->ops->flush(sink->transport));
}

void sink_abort(struct sink *sink)
{
    if (!sink->failed && sink->transport->ops->flush(sink->transport) == 0)
        latch(sink, -1);
}
