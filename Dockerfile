# docker build -t gemini-balance .
# docker run -d --name gemini-balance -p 8000:8000 --env-file .env -v gemini-balance:/app/data gemini-balance
#
# Any Debian or Ubuntu does as BASE. Without AUTH_TOKEN and ALLOWED_TOKENS random ones are made at the
# first start and printed once: docker logs gemini-balance.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        gcc g++ make autoconf automake pkg-config libfcgi-dev libcurl4-openssl-dev libjson-c-dev \
        libsqlite3-dev libssl-dev libctemplate-dev libmp3lame-dev libopusenc-dev libflac-dev libvo-aacenc-dev
WORKDIR /src
COPY . .
RUN ./autogen.sh && mkdir -p /build && cd /build && \
    /src/configure --prefix=/usr --sysconfdir=/etc --libexecdir=/usr/libexec && \
    make -j"$(nproc)" && make install-strip DESTDIR=/out
# The Debian packages of the libraries that the programs were linked with.
RUN ldd /out/usr/libexec/gemini-balance/gemini-balance.fcgi /out/usr/bin/gbctl | \
    sed -n 's|.* => .*/\([^ /]*\) .*|*/\1|p' | sort -u | xargs dpkg -S | sed 's/:.*//' | sort -u >/out/packages

FROM ${BASE}
COPY --from=build /out/packages /tmp/packages
RUN apt-get update && \
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        ca-certificates curl lighttpd tzdata $(cat /tmp/packages) && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* /tmp/packages
COPY --from=build /out/usr /usr
COPY conf/container/lighttpd.conf /etc/gemini-balance/lighttpd.conf
COPY conf/container/start.sh /usr/libexec/gemini-balance/container-start
# Group 0 may write, so that any user without a group of its own (OpenShift) can.
RUN mkdir -p /app/data && chown -R 1000:0 /app && chmod 770 /app/data
WORKDIR /app
# GLIBC_TUNABLES: what each thread keeps of freed memory, so that waiting answers take less.
ENV PORT=8000 DATA_DIR=/app/data GLIBC_TUNABLES=glibc.malloc.tcache_max=256
EXPOSE 8000
VOLUME /app/data
USER 1000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD curl -fsS -o /dev/null --max-time 4 "http://127.0.0.1:${PORT}/health"
ENTRYPOINT ["/usr/libexec/gemini-balance/container-start"]
