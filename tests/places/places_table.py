"""docs/places.md and docs/places.zh-CN.md: what was run for each place, and the figures of the last run."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
ENGLISH, CHINESE = 0, 1
FILES = {"places.md": ENGLISH, "places.zh-CN.md": CHINESE}

HEAD = ("""# The places, as they were last tried

<!-- Written by tests/places.sh --write-docs. -->

[中文](places.zh-CN.md) · [Installing it](deploy.md) · [Web servers in front](fronts.md)

`tests/places.sh` makes each place for real and runs the program in it: container images are built by buildah, other
processors are run by qemu in systems that debootstrap made, packages are installed into clean systems. It takes hours, so it
stands apart from `tests/run.sh`. This table is written from its last run.

""", """# 各部署环境的最近一次实测

<!-- 由 tests/places.sh --write-docs 生成。 -->

[English](places.md) · [部署教程](deploy.zh-CN.md) · [前置 Web 服务器](fronts.zh-CN.md)

`tests/places.sh` 会真实地搭建每一种环境并在其中运行程序:容器镜像由 buildah 构建,其他处理器架构由 qemu 在 debootstrap
制作的系统中运行,软件包安装到全新的系统里。全部跑完需要数小时,因此不在 `tests/run.sh` 之内。下表由最近一次运行的结果生成。

""")
COLUMNS = (("place", "what is tried", "part", "passed", "failed", "skipped", "minutes", "day", "figures"),
           ("环境", "测试内容", "部分", "通过", "失败", "跳过", "分钟", "日期", "数据"))
PLACES = {
    "image-amd64": ("Container, amd64", "容器,amd64",
                    "the image of the Dockerfile: read-only root, any user, health check, `--env-file`, SIGTERM",
                    "由 Dockerfile 构建的镜像:只读根文件系统、任意用户、健康检查、`--env-file`、SIGTERM"),
    "image-arm64": ("Container, arm64", "容器,arm64", "the same, under qemu", "同上,在 qemu 中运行"),
    "bundle": ("Shared hosting", "共享主机", "the bundle under Apache with its own .htaccess only: suexec with mod_fcgid and CGI, "
               "plain CGI", "在 Apache 下仅凭自带的 .htaccess 运行:suexec 配合 mod_fcgid 与 CGI,以及普通 CGI"),
    "debian": ("A server", "服务器", "`make deb`, lintian, the package in a clean Debian, its systemd units",
               "`make deb`、lintian、在全新 Debian 中安装,及其 systemd 单元"),
    "openwrt": ("A router", "路由器", "OpenWrt's package: its Makefile and its scripts under BusyBox with stand-ins for OpenWrt's "
                "own parts; what an idle program writes", "OpenWrt 软件包:Makefile 与脚本在 BusyBox 下运行,OpenWrt 自身部分由替身代替;空闲时的写入量"),
    "i386": ("32 bits, i386", "32 位,i386", "unit and system tests, memory", "单元测试、系统测试、内存"),
    "armhf": ("32 bits, armhf", "32 位,armhf", "the same, under qemu", "同上,在 qemu 中运行"),
    "mipsel": ("32 bits, mipsel", "32 位,mipsel", "the same, under qemu", "同上,在 qemu 中运行"),
    "s390x": ("Big-endian, s390x", "大端,s390x", "unit tests, under qemu", "单元测试,在 qemu 中运行"),
    "upgrade": ("An upgrade", "升级", "the program of every earlier schema, and its data in this one; the way back",
                "用每一个旧版数据库结构的程序产生数据,再由当前程序接手;以及退回"),
    "import": ("Moving over", "迁移", "from gemini-balance with a real MariaDB and mysqldump, in a clean Debian",
               "在全新 Debian 中,用真实的 MariaDB 与 mysqldump 从 gemini-balance 迁移"),
}
# Parts that count something, in their order.
PARTS = {"image": ("image", "镜像"), "bundle": ("tests", "测试"), "install": ("tests", "测试"), "scripts": ("tests", "测试"),
         "unit": ("unit", "单元"), "system": ("system", "系统"), "memory": ("memory", "内存"), "upgrade": ("tests", "测试"),
         "import": ("tests", "测试")}
FIGURES = {
    "resident_kib": ("{:.1f} MB resident with 8 workers that have worked, TLS and a router's libcurl",
                     "8 个工作线程全部工作过、启用 TLS、使用路由器的 libcurl 时常驻内存 {:.1f} MB", 1 / 1024),
    "resident_debian_kib": ("{:.1f} MB with Debian's libcurl", "使用 Debian 的 libcurl 时 {:.1f} MB", 1 / 1024),
    "installed_kib": ("{:.1f} MB installed", "安装后 {:.1f} MB", 1 / 1024),
    "package_kib": ("package of {:.1f} MB", "软件包 {:.1f} MB", 1 / 1024),
    "packed_kib": ("{:.1f} MB to upload", "上传包 {:.1f} MB", 1 / 1024),
    "image_mib": ("{:.0f} MB with its Debian", "连同 Debian 共 {:.0f} MB", 1),
    "idle_bytes": ("{:.0f} bytes written while idle", "空闲时写入 {:.0f} 字节", 1),
}
NOT_RUN = ("not run", "未运行")
SOME = ("{title}, {files} of {all} files", "{title}({all} 个文件中的 {files} 个)")
# What machines.sh leaves out: tests of this system's own programs.
LEFT_OUT = re.compile(r"quickstart|configure|_table|browser")


def row(cells):
    return "| " + " | ".join(cells) + " |\n"


def figures_of(parts, language):
    found = []
    for part in parts.values():
        for name, value in part["figures"].items():
            if name in FIGURES:
                found.append(FIGURES[name][language].format(value * FIGURES[name][2]))
    return "; ".join(found) if language == ENGLISH else ";".join(found)


def title_of(name, part, language):
    """A run that was cut says how far it came."""
    title = PARTS[name][language]
    every = [path for path in (ROOT / "tests" / "system").glob("test_*.py") if not LEFT_OUT.search(path.name)]
    if name != "system" or part.get("files", 0) >= len(every):
        return title
    return SOME[language].format(title=title, files=part.get("files", 0), all=len(every))


def rows_of(place, parts, language):
    names = PLACES[place]
    head = [names[language], names[2 + language]]
    counted = [(title_of(part, parts[part], language), parts[part]) for part in PARTS if part in parts]
    if not counted:
        return row([*head, NOT_RUN[language], *[""] * 6])
    text = ""
    for number, (title, part) in enumerate(counted):
        text += row([*(head if number == 0 else ["", ""]), title, str(part["passed"]), str(part["failed"]),
                     str(part["skipped"]), str(max(1, round(part["seconds"] / 60))), part["date"],
                     figures_of(parts, language) if number == 0 else ""])
    return text


def page(parts_of, language):
    text = HEAD[language] + row(COLUMNS[language]) + "|---|---|---|--:|--:|--:|--:|---|---|\n"
    for place in PLACES:
        text += rows_of(place, parts_of(place), language)
    return text


def write(parts_of):
    for name, language in FILES.items():
        (DOCS / name).write_text(page(parts_of, language), encoding="utf-8")
    return 0
