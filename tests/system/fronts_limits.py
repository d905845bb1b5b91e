"""What each web server in front is tried for, and what one really cannot do, by its own design.

A limit is asserted by the case, too: what happens instead. docs/fronts.md is made from here (fronts_table.py).
"""

from dataclasses import dataclass

# Name of the case (test_NAME holds it, but for those of WITHIN), in English and in Chinese.
CASES = {
    "chat": ("Chat, models, errors", "聊天、模型列表、错误信息"),
    "stream": ("A stream arrives event by event", "流式回答逐条到达"),
    "many": ("16 streams at the same time", "16 路流同时进行"),
    "leaves_stream": ("A client that leaves a stream is noticed at once", "客户端中途断开流时立即察觉"),
    "leaves_whole": ("A client that leaves before an unstreamed answer is noticed at once",
                     "非流式请求等待中客户端断开时立即察觉"),
    "silence": ("60 seconds of silence upstream", "上游静默 60 秒"),
    "upload": ("A 300 MB upload, by checksum", "300 MB 上传,校验和一致"),
    "chunked": ("A body without a length (chunked)", "没有长度的请求体(chunked)"),
    "chunked_upload": ("An upload without a length (chunked)", "没有长度的上传(chunked)"),
    "expect": ("Expect: 100-continue", "Expect: 100-continue"),
    "headers": ("1 MB of headers is refused cleanly", "1 MB 请求头被正常拒绝"),
    "tokens": ("The token as Bearer, x-goog-api-key, x-api-key and ?key=",
               "令牌可用 Bearer、x-goog-api-key、x-api-key、?key= 传入"),
    "paths": ("Paths with : and %3A, %2F, doubled slashes", "路径中的 : 与 %3A、%2F、重复斜杠"),
    "https": ("TLS that ended at a proxy before it", "TLS 在更前面的代理处终止"),
    "admin": ("Admin: login, forms, static files", "后台:登录、表单、静态文件"),
    "admin_subpath": ("The same below a path", "部署在子路径下时同样可用"),
    "methods": ("HEAD, OPTIONS, 405", "HEAD、OPTIONS、405"),
    "http10": ("HTTP/1.0", "HTTP/1.0"),
    "reload": ("A graceful reload under load loses no request", "负载下平滑重载不丢请求"),
    "reload_stream": ("A running stream outlives the reload", "重载时进行中的流不中断"),
    "kill": ("kill -9 of a process under load loses only what it held", "负载下 kill -9 只丢失该进程手上的请求"),
}
WITHIN = {"reload_stream": "reload"}  # cases that another one's test tells of


@dataclass(frozen=True)
class Limit:
    english: str
    chinese: str


BY_WRITING = Limit(
    "Apache looks at its client only when it writes to it: the leaving shows at the next heartbeat "
    "(STREAM_HEARTBEAT_SECONDS).",
    "Apache 只在写出数据时才检查客户端,因此在下一次心跳(STREAM_HEARTBEAT_SECONDS)时才察觉。")
BY_WRITING_CADDY = Limit(
    "Caddy's FastCGI client does not pass the client's leaving on: it shows at the next heartbeat "
    "(STREAM_HEARTBEAT_SECONDS).",
    "Caddy 的 FastCGI 客户端不转达客户端断开,因此在下一次心跳(STREAM_HEARTBEAT_SECONDS)时才察觉。")
TO_THE_END = Limit(
    "For the same reason an unstreamed call runs to its end: nothing is written before the answer is there.",
    "同理,非流式请求在回答到来之前没有数据写出,会一直执行到结束。")
LIGHTTPD_STREAMS = Limit(
    "lighttpd, where it starts the processes itself, accepts nobody while running answers end, and ends them after "
    "server.graceful-shutdown-timeout (Debian: 5 s); new requests wait meanwhile.",
    "由 lighttpd 自行启动进程时,重载期间不接受新连接,并在 server.graceful-shutdown-timeout(Debian 为 5 秒)后"
    "结束进行中的回答;新请求会排队等待。")
FCGID_STREAMS = Limit(
    "mod_fcgid asks its processes to end on a reload, and ends those that are left after ten seconds: running answers "
    "have so long to end (DRAIN_TIMEOUT may be shorter), new requests wait meanwhile, and one that needs a new process "
    "in that moment may fail. Reload when it is quiet, or use mod_proxy_fcgi.",
    "mod_fcgid 重载时要求其进程退出,约十秒后强制结束剩余进程:进行中的回答只有这段时间可以结束(DRAIN_TIMEOUT 更短时以其为准),"
    "新请求在此期间排队,此刻需要新进程的请求可能失败。请在空闲时重载,或改用 mod_proxy_fcgi。")
BREAKS_DOWN = Limit(
    "Caddy 2.6, as Debian 12 has it, may end with a panic of its own (\"missing cancel error\") when it is reloaded "
    "under load, or close connections that it has just accepted. Reload when it is quiet; systemd starts it again.",
    "Debian 12 自带的 Caddy 2.6 在负载下重载时可能自身崩溃(panic: missing cancel error),或关闭刚接受的连接。请在空闲时重载;"
    "崩溃后由 systemd 重新启动。")
CGID_RELOAD = Limit(
    "mod_cgid replaces its daemon on a reload: a request that waits at its socket in that moment gets a 503.",
    "mod_cgid 重载时会更换其守护进程,此刻在其套接字上等待的请求会得到 503。")

LIMITS = {
    ("apache_cgid", "reload"): CGID_RELOAD,
    ("caddy", "leaves_stream"): BY_WRITING_CADDY,
    ("caddy", "leaves_whole"): TO_THE_END,
    ("caddy", "reload"): BREAKS_DOWN,
    ("caddy", "reload_stream"): BREAKS_DOWN,
    ("apache_fcgid", "reload"): FCGID_STREAMS,
    ("apache_fcgid", "reload_stream"): FCGID_STREAMS,
}
for _front in ("apache_proxy_fcgi", "apache_fcgid", "apache_cgid"):
    LIMITS |= {(_front, "leaves_stream"): BY_WRITING, (_front, "leaves_whole"): TO_THE_END}
for _front in ("lighttpd", "lighttpd_processes", "lighttpd_subpath", "lighttpd_cgi"):
    LIMITS |= {(_front, "reload_stream"): LIGHTTPD_STREAMS}


def limit_of(front, case):
    return LIMITS.get((front, case))
