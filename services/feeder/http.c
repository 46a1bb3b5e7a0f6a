#include "http.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "page.h"

#define BODY_MAX_BYTES    1024
#define HEADERS_MAX_BYTES 8192
#define TIMEOUT_S         10

struct http {
	struct evhttp *server;
	struct evconnlistener *listener; /* the server's */
	struct event *resume;
	struct station *station;
};

struct route {
	const char *path;
	enum evhttp_cmd_type method;
	const char *allow; /* the header of a 405 */
	void (*answer)(struct http *h, struct evhttp_request *req);
};

static int64_t now_s(void)
{
	return (int64_t)time(NULL);
}

static void reply_text(struct evhttp_request *req, int code, const char *reason)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(req);

	(void)evhttp_add_header(evhttp_request_get_output_headers(req), "Content-Type",
		"text/plain; charset=utf-8");
	(void)evbuffer_add_printf(out, "%d %s\n", code, reason);
	evhttp_send_reply(req, code, reason, NULL);
}

static void reply_page(struct http *h, struct evhttp_request *req, int code, enum notice notice)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(req);
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);

	if (page_write(out, &h->station->feeder, now_s(), notice) < 0) {
		(void)evbuffer_drain(out, evbuffer_get_length(out));
		reply_text(req, 500, "Out of memory");
		return;
	}
	(void)evhttp_add_header(headers, "Content-Type", "text/html; charset=utf-8");
	(void)evhttp_add_header(headers, "Content-Security-Policy",
		"default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
		"form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
	evhttp_send_reply(req, code, NULL, NULL);
}

/* To the page by a GET, so that reloading it does not send the form again. */
static void reply_see_page(struct evhttp_request *req, const char *place)
{
	(void)evhttp_add_header(evhttp_request_get_output_headers(req), "Location", place);
	evhttp_send_reply(req, 303, "See Other", NULL);
}

static void answer_page(struct http *h, struct evhttp_request *req)
{
	const char *query = evhttp_uri_get_query(evhttp_request_get_evhttp_uri(req));
	enum notice notice = NOTICE_NONE;

	if (query && strcmp(query, "fed") == 0)
		notice = NOTICE_FED;
	else if (query && strcmp(query, "refilled") == 0)
		notice = NOTICE_REFILLED;
	reply_page(h, req, 200, notice);
}

static void answer_status(struct http *h, struct evhttp_request *req)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(req);

	if (page_write_json(out, &h->station->feeder, now_s()) < 0) {
		(void)evbuffer_drain(out, evbuffer_get_length(out));
		reply_text(req, 500, "Out of memory");
		return;
	}
	(void)evhttp_add_header(
		evhttp_request_get_output_headers(req), "Content-Type", "application/json");
	evhttp_send_reply(req, 200, "OK", NULL);
}

/* The form's grams; the usual portion without a form; -1 for what is no number. */
static int form_grams(struct evhttp_request *req)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	char body[BODY_MAX_BYTES + 1], *end;
	struct evkeyvalq form;
	const char *text;
	ev_ssize_t n;
	long grams = FEEDER_PORTION_G;

	n = evbuffer_copyout(in, body, sizeof(body) - 1);
	if (n <= 0)
		return n < 0 ? -1 : FEEDER_PORTION_G;
	body[n] = '\0';
	if (evhttp_parse_query_str(body, &form) < 0)
		return -1;

	text = evhttp_find_header(&form, "grams");
	if (text) {
		errno = 0;
		grams = strtol(text, &end, 10);
		if (errno || end == text || *end || grams < 0 || grams > INT_MAX)
			grams = -1;
	}
	evhttp_clear_headers(&form);
	return (int)grams;
}

static void answer_feed(struct http *h, struct evhttp_request *req)
{
	static const struct {
		int code;
		enum notice notice;
	} refusal[FEEDER_VERDICT_N] = {
		[FEEDER_BAD_PORTION] = {400, NOTICE_BAD_PORTION},
		[FEEDER_EMPTY] = {409, NOTICE_EMPTY},
		[FEEDER_TOO_SOON] = {409, NOTICE_TOO_SOON},
	};
	enum feeder_verdict verdict;

	if (station_feed(h->station, form_grams(req), now_s(), &verdict) < 0)
		reply_page(h, req, 500, NOTICE_BROKEN);
	else if (verdict != FEEDER_OK)
		reply_page(h, req, refusal[verdict].code, refusal[verdict].notice);
	else
		reply_see_page(req, "/?fed");
}

static void answer_refill(struct http *h, struct evhttp_request *req)
{
	if (station_refill(h->station, now_s()) < 0)
		reply_page(h, req, 500, NOTICE_BROKEN);
	else
		reply_see_page(req, "/?refilled");
}

static const struct route routes[] = {
	{"/", EVHTTP_REQ_GET, "GET, HEAD", answer_page},
	{"/api/status", EVHTTP_REQ_GET, "GET, HEAD", answer_status},
	{"/feed", EVHTTP_REQ_POST, "POST", answer_feed},
	{"/refill", EVHTTP_REQ_POST, "POST", answer_refill},
};

/* Browsers name the page that a form came from; a program that names none is no browser. */
static bool is_foreign(struct evhttp_request *req)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(req);
	const char *origin = evhttp_find_header(headers, "Origin");
	const char *host = evhttp_find_header(headers, "Host");
	const char *site = evhttp_find_header(headers, "Sec-Fetch-Site");

	if (origin)
		return !host || strncmp(origin, "http://", 7) != 0 ||
		       strcasecmp(origin + 7, host) != 0;
	return site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
}

static const struct route *find_route(struct evhttp_request *req)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(req);
	const char *path = uri ? evhttp_uri_get_path(uri) : NULL;

	for (size_t i = 0; path && i < sizeof(routes) / sizeof(routes[0]); i++)
		if (strcmp(path, routes[i].path) == 0)
			return &routes[i];
	return NULL;
}

static void on_request(struct evhttp_request *req, void *arg)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(req);
	enum evhttp_cmd_type method = evhttp_request_get_command(req);
	const struct route *route = find_route(req);

	(void)evhttp_add_header(headers, "Cache-Control", "no-store");
	(void)evhttp_add_header(headers, "X-Content-Type-Options", "nosniff");
	/* Not "no-referrer": with that, browsers send our own forms with "Origin: null". */
	(void)evhttp_add_header(headers, "Referrer-Policy", "same-origin");

	if (method == EVHTTP_REQ_HEAD)
		method = EVHTTP_REQ_GET;
	if (!route) {
		reply_text(req, 404, "Not Found");
	} else if (method != route->method) {
		(void)evhttp_add_header(headers, "Allow", route->allow);
		reply_text(req, 405, "Method Not Allowed");
	} else if (method == EVHTTP_REQ_POST && is_foreign(req)) {
		reply_text(req, 403, "Forbidden: the form is not from this page");
	} else {
		route->answer(arg, req);
	}
}

/* Out of descriptors: a second without new visitors, instead of a loop that fails without pause. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	static const struct timeval pause = {.tv_sec = 1};
	struct http *h = arg;

	(void)evconnlistener_disable(listener);
	(void)event_add(h->resume, &pause);
}

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct http *h = arg;

	(void)fd;
	(void)what;
	(void)evconnlistener_enable(h->listener);
}

static int http_listen(struct http *h, uint16_t port)
{
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(h->server, "::", port);

	/* A kernel without IPv6. */
	if (!bound)
		bound = evhttp_bind_socket_with_handle(h->server, "0.0.0.0", port);
	if (!bound)
		return -errno;
	h->listener = evhttp_bound_socket_get_listener(bound);
	evconnlistener_set_error_cb(h->listener, on_accept_error);
	return 0;
}

struct http *http_new(struct event_base *base, struct station *s, uint16_t port)
{
	struct http *h = calloc(1, sizeof(*h));
	int r = -ENOMEM;

	if (!h)
		return NULL;
	h->station = s;
	h->server = evhttp_new(base);
	h->resume = evtimer_new(base, on_resume, h);
	if (h->server && h->resume)
		r = http_listen(h, port);
	if (r < 0) {
		(void)fprintf(stderr, "feeder: port %u: cannot listen: %s\n", port, strerror(-r));
		http_free(h);
		return NULL;
	}
	evhttp_set_max_body_size(h->server, BODY_MAX_BYTES);
	evhttp_set_max_headers_size(h->server, HEADERS_MAX_BYTES);
	evhttp_set_timeout(h->server, TIMEOUT_S);
	/* Every method comes to on_request(): the answer to a wrong one is 405, with the right one.
	 */
	evhttp_set_allowed_methods(h->server, UINT16_MAX);
	evhttp_set_gencb(h->server, on_request, h);
	return h;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	if (h->server)
		evhttp_free(h->server);
	if (h->resume)
		event_free(h->resume);
	free(h);
}
