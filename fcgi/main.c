/* gemini-balance.fcgi: options, open, serve, wait for the signal to stop, close. */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app.h"
#include "base/heap.h"
#include "base/log.h"
#include "http/listener.h"

enum action { ACTION_SERVE, ACTION_CHECK, ACTION_DONE, ACTION_BAD };

struct options {
    struct app_options app;
    const char *socket;
};

static const char usage[] =
    "Usage: gemini-balance.fcgi [OPTION]...\n"
    "\n"
    "A FastCGI responder (or plain CGI program) that a web server runs.\n"
    "\n"
    "  --socket PATH|HOST:PORT  listen on a socket of its own instead of descriptor 0\n"
    "  --env-file FILE          settings (default: DATA_DIR/.env, else ./.env)\n"
    "  --templates DIR          page templates\n"
    "  --static DIR             static files\n"
    "  --check                  check settings and store, then end\n"
    "  --version, --help\n";

static enum action parse_options(struct options *options, int argc, char **argv)
{
    enum { OPT_SOCKET = 256, OPT_ENV, OPT_TEMPLATES, OPT_STATIC, OPT_CHECK, OPT_VERSION, OPT_HELP };
    static const struct option names[] = {
        {"socket", required_argument, NULL, OPT_SOCKET},
        {"env-file", required_argument, NULL, OPT_ENV},
        {"templates", required_argument, NULL, OPT_TEMPLATES},
        {"static", required_argument, NULL, OPT_STATIC},
        {"check", no_argument, NULL, OPT_CHECK},
        {"version", no_argument, NULL, OPT_VERSION},
        {"help", no_argument, NULL, OPT_HELP},
        {NULL, 0, NULL, 0},
    };
    enum action action = ACTION_SERVE;
    int option;
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
        switch (option) {
        case OPT_SOCKET:
            options->socket = optarg;
            break;
        case OPT_ENV:
            options->app.env_file = optarg;
            break;
        case OPT_TEMPLATES:
            options->app.template_dir = optarg;
            break;
        case OPT_STATIC:
            options->app.static_dir = optarg;
            break;
        case OPT_CHECK:
            action = ACTION_CHECK;
            break;
        case OPT_VERSION:
            puts(PACKAGE_STRING);
            return ACTION_DONE;
        case OPT_HELP:
            fputs(usage, stdout);
            return ACTION_DONE;
        default:
            fputs(usage, stderr);
            return ACTION_BAD;
        }
    }
    return action;
}

static void handle_request(void *ctx, struct http_request *req, struct http_response *res)
{
    struct app *app = ctx;
    router_dispatch(app->router, req, res);
}

/* The signals that end the program: lighttpd sends TERM, mod_fcgid TERM and USR1, a terminal INT.
 */
static void stop_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGUSR1);
    sigaddset(set, SIGHUP);
}

static void wait_for_stop(const sigset_t *signals)
{
    int signal_number = 0;
    while (sigwait(signals, &signal_number) != 0)
        continue;
    log_event(LOG_INFO, "app.stopping", "signal=%d", signal_number);
}

static int fail(const struct err *err)
{
    char quoted[500];
    log_event(LOG_CRITICAL, "app.failed", "error=%s", log_quote(err->text, quoted, sizeof(quoted)));
    return EXIT_FAILURE;
}

static struct http_listener_options listener_options(struct app *app, const char *socket)
{
    const struct settings *set = settings_holder_acquire(app->site.settings);
    struct http_listener_options options = {.socket = socket,
                                            .workers_max = (int)set->workers,
                                            .send_timeout_s = (int)set->send_timeout,
                                            .drain_timeout_s = (int)set->drain_timeout,
                                            .handler = handle_request,
                                            .ctx = app};
    settings_unref(&set);
    return options;
}

static int serve(struct app *app, const char *socket, const sigset_t *signals, struct err *err)
{
    struct http_listener_options options = listener_options(app, socket);
    struct http_listener *listener = http_listener_open(&options, err);
    if (!listener)
        return fail(err);
    log_event(LOG_INFO, "app.started", "version=%s pid=%ld workers_max=%d", PACKAGE_VERSION,
              (long)getpid(), options.workers_max);
    wait_for_stop(signals);
    int left = http_listener_close(&listener);
    log_event(LOG_INFO, "app.stopped", "unfinished=%d", left);
    if (left == 0)
        return EXIT_SUCCESS;
    /* Workers still hold the app: flush what is known and leave without taking it down. */
    journal_flush(app->journal, 2000);
    _exit(EXIT_FAILURE);
}

static int refuse_commands(void)
{
    fputs("Status: 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n"
          "A query that begins a word with a hyphen needs an equals sign.\n",
          stdout);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    if (http_cgi_query_commands())
        return refuse_commands();
    enum action action = parse_options(&options, argc, argv);
    if (action == ACTION_DONE || action == ACTION_BAD)
        return action == ACTION_DONE ? EXIT_SUCCESS : 2;
    enum http_start start = http_start_detect(options.socket);
    if (action == ACTION_SERVE && start == HTTP_START_SHELL) {
        fputs("gemini-balance.fcgi is run by a web server; see README.md, or use --socket.\n",
              stderr);
        return 2;
    }
    heap_tune();
    sigset_t signals;
    stop_signals(&signals);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file-size limit is an error to report, not an end */
    options.app.single_use = action == ACTION_CHECK || start == HTTP_START_CGI;
    if (action == ACTION_SERVE)
        pthread_sigmask(SIG_BLOCK, &signals, NULL);

    static struct app app;
    struct err err = ERR_INIT;
    if (app_open(&app, &options.app, &err) < 0)
        return fail(&err);
    int status = EXIT_SUCCESS;
    if (action == ACTION_CHECK) {
        puts("settings and store are in order");
    } else if (start == HTTP_START_CGI) {
        struct http_listener_options cgi = listener_options(&app, NULL);
        status = http_cgi_serve(&cgi);
    } else {
        status = serve(&app, options.socket, &signals, &err);
    }
    app_close(&app);
    return status;
}
