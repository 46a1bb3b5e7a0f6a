#include "page.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/* The hopper's drawing: its inside reaches from y = 14 down to y = 174. */
#define DRAWING_TOP    14
#define DRAWING_HEIGHT 160

static const char head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	"<title>Goat feeder</title>\n"
	"<link rel=\"icon\" href=\"data:image/svg+xml,"
	"%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
	"%3Ctext y='13' font-size='13'%3E%F0%9F%90%90%3C/text%3E%3C/svg%3E\">\n"
	"<style>\n"
	":root{color-scheme:light dark;--bg:#f6f3ea;--card:#fff;--ink:#26321f;--soft:#5c6653;"
	"--line:#d9d5c5;--main:#3d6b2c;--on:#fff;--hay:#d9a92e;--bad:#9c2f1f}\n"
	"@media(prefers-color-scheme:dark){:root{--bg:#171b14;--card:#22281d;--ink:#ecefe4;"
	"--soft:#aab39f;--line:#3b4433;--main:#9cc983;--on:#14210d;--hay:#d9a92e;--bad:#f0a08f}}\n"
	"*{box-sizing:border-box}"
	"body{margin:0 auto;max-width:30rem;padding:1rem;background:var(--bg);color:var(--ink);"
	"font:1.05rem/1.5 system-ui,sans-serif}\n"
	"h1{font-size:1.6rem;margin:.5rem 0 1rem}h2{font-size:1.1rem;margin:0 0 .5rem}\n"
	"section,.note{background:var(--card);border:1px solid var(--line);border-radius:1rem;"
	"padding:1rem;margin:0 0 1rem}\n"
	".note{border-left:.4rem solid var(--main)}.note.bad{border-left-color:var(--bad)}\n"
	".hopper{display:flex;gap:1.2rem;align-items:center}.hopper svg{width:8.5rem;flex:none}\n"
	".big{font-size:2.2rem;font-weight:700;line-height:1.1;margin:0}"
	".soft{color:var(--soft);margin:.2rem 0 0}.low{color:var(--bad);font-weight:600}\n"
	"fieldset{border:0;margin:0 0 1rem;padding:0;display:flex;gap:.5rem}"
	"legend{padding:0;margin:0 0 .4rem;color:var(--soft)}\n"
	"label{flex:1;position:relative}"
	"label input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0}"
	"label span{display:block;text-align:center;padding:.6rem 0;border:2px solid var(--line);"
	"border-radius:.7rem}"
	"input:checked+span{border-color:var(--main);font-weight:700}"
	"input:focus-visible+span,button:focus-visible{outline:3px solid var(--hay);"
	"outline-offset:2px}\n"
	"button{width:100%;min-height:3.2rem;font:inherit;font-weight:700;border-radius:.7rem;"
	"border:2px solid var(--main);background:var(--main);color:var(--on);cursor:pointer}"
	"button.quiet{background:none;color:var(--main)}\n"
	"ol{list-style:none;margin:0;padding:0}"
	"li{display:flex;justify-content:space-between;gap:1rem;padding:.45rem 0;"
	"border-top:1px solid var(--line)}li:first-child{border:0}\n"
	"</style>\n</head>\n<body>\n<main>\n<h1>Goat feeder</h1>\n";

static const char feed_form[] =
	"<section aria-labelledby=\"feed\">\n<h2 id=\"feed\">Feed the goat</h2>\n"
	"<form method=\"post\" action=\"/feed\">\n<fieldset><legend>Portion</legend>\n"
	"<label><input type=\"radio\" name=\"grams\" value=\"100\"><span>100 g</span></label>\n"
	"<label><input type=\"radio\" name=\"grams\" value=\"200\" checked><span>200 "
	"g</span></label>\n"
	"<label><input type=\"radio\" name=\"grams\" value=\"400\"><span>400 g</span></label>\n"
	"</fieldset>\n<button>Feed</button>\n</form>\n";

static const char refill_form[] =
	"<section aria-labelledby=\"refill\">\n<h2 id=\"refill\">Hopper filled up?</h2>\n"
	"<form method=\"post\" action=\"/refill\">"
	"<button class=\"quiet\">It is full again</button></form>\n</section>\n";

static const struct {
	bool bad;
	const char *text;
} notice_text[NOTICE_N] = {
	[NOTICE_FED] = {false, "The goat has been fed."},
	[NOTICE_REFILLED] = {false, "The hopper is full."},
	[NOTICE_BAD_PORTION] = {true, "Not fed: a portion is 50 to 500 g."},
	[NOTICE_EMPTY] = {true, "Not fed: the hopper does not hold that much. Fill it up first."},
	[NOTICE_TOO_SOON] = {true, "Not fed: the goat has just eaten."},
	[NOTICE_BROKEN] = {true, "Not done: the feeder has a fault. Its log says which."},
};

static const char *const record_text[RECORD_KIND_N] = {
	[RECORD_FEED] = "Fed",
	[RECORD_REFILL] = "Refilled with",
	[RECORD_FAIL] = "Did not fall:",
};

const char *page_duration(char *buf, size_t size, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *name;
	} units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	size_t i = 0;
	int64_t n;

	while (i < 3 && seconds < units[i].seconds)
		i++;
	n = seconds / units[i].seconds;
	(void)snprintf(buf, size, "%" PRId64 " %s%s", n, units[i].name, n == 1 ? "" : "s");
	return buf;
}

static int write_hopper(struct evbuffer *out, const struct feeder *f)
{
	int percent = f->level_g * 100 / FEEDER_CAPACITY_G;
	int fill = DRAWING_HEIGHT * f->level_g / FEEDER_CAPACITY_G;

	return evbuffer_add_printf(out,
		"<section class=\"hopper\" aria-label=\"Hopper\">\n"
		"<svg viewBox=\"0 0 140 200\" role=\"img\" aria-label=\"Hopper %d percent full\">\n"
		"<clipPath id=\"c\"><path d=\"M14 14h112v90l-42 70h-28l-42-70z\"/></clipPath>\n"
		"<rect x=\"0\" y=\"%d\" width=\"140\" height=\"%d\" fill=\"var(--hay)\" "
		"clip-path=\"url(#c)\"/>\n"
		"<path d=\"M14 14h112v90l-42 70h-28l-42-70zM56 174v16h28v-16\" fill=\"none\" "
		"stroke=\"currentColor\" stroke-width=\"5\" stroke-linejoin=\"round\"/>\n</svg>\n"
		"<div>\n<p class=\"big\">%d.%d kg</p>\n<p class=\"soft\">of %d kg in the "
		"hopper</p>\n"
		"%s</div>\n</section>\n",
		percent, DRAWING_TOP + DRAWING_HEIGHT - fill, fill, f->level_g / 1000,
		f->level_g % 1000 / 100, FEEDER_CAPACITY_G / 1000,
		percent < 20 ? "<p class=\"low\">Fill it up soon.</p>\n" : "");
}

static int write_notice(struct evbuffer *out, enum notice notice)
{
	if (notice == NOTICE_NONE)
		return 0;
	return evbuffer_add_printf(out, "<p class=\"note%s\" role=\"%s\">%s</p>\n",
		notice_text[notice].bad ? " bad" : "", notice_text[notice].bad ? "alert" : "status",
		notice_text[notice].text);
}

static int write_rest(struct evbuffer *out, const struct feeder *f, int64_t now)
{
	int left = feeder_rest_left(f, now);
	char buf[32];

	if (left == 0)
		return evbuffer_add_printf(out, "</section>\n");
	return evbuffer_add_printf(out,
		"<p class=\"soft\">The next portion may fall in %s.</p>\n</section>\n",
		page_duration(buf, sizeof(buf), left));
}

static int write_record(struct evbuffer *out, const struct record *rec, int64_t now)
{
	char stamp[32] = "", ago[32];
	time_t at = (time_t)rec->at;
	struct tm tm;

	if (gmtime_r(&at, &tm))
		(void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return evbuffer_add_printf(out,
		"<li><span>%s %d g</span><time datetime=\"%s\" title=\"%s\">%s ago</time></li>\n",
		record_text[rec->kind], rec->grams, stamp, stamp,
		page_duration(ago, sizeof(ago), now > rec->at ? now - rec->at : 0));
}

static int write_recent(struct evbuffer *out, const struct feeder *f, int64_t now)
{
	int r = evbuffer_add_printf(out,
		"<section aria-labelledby=\"log\">\n<h2 id=\"log\">Last feedings</h2>\n%s",
		f->n_recent > 0 ? "<ol>\n" : "<p class=\"soft\">None yet.</p>\n");

	for (size_t i = 0; r >= 0 && i < f->n_recent; i++)
		r = write_record(out, &f->recent[i], now);
	if (r < 0)
		return r;
	return evbuffer_add_printf(out, "%s</section>\n", f->n_recent > 0 ? "</ol>\n" : "");
}

int page_write(struct evbuffer *out, const struct feeder *f, int64_t now, enum notice notice)
{
	if (evbuffer_add(out, head, sizeof(head) - 1) < 0 || write_notice(out, notice) < 0 ||
		write_hopper(out, f) < 0 ||
		evbuffer_add(out, feed_form, sizeof(feed_form) - 1) < 0 ||
		write_rest(out, f, now) < 0 || write_recent(out, f, now) < 0 ||
		evbuffer_add(out, refill_form, sizeof(refill_form) - 1) < 0)
		return -1;
	return evbuffer_add_printf(out, "</main>\n</body>\n</html>\n") < 0 ? -1 : 0;
}

int page_write_json(struct evbuffer *out, const struct feeder *f, int64_t now)
{
	static const char *const kind[RECORD_KIND_N] = {
		[RECORD_FEED] = "feed",
		[RECORD_REFILL] = "refill",
		[RECORD_FAIL] = "fail",
	};
	int r = evbuffer_add_printf(out,
		"{\"level_g\":%d,\"capacity_g\":%d,\"rest_s\":%d,\"last_feed\":%" PRId64
		",\"recent\":[",
		f->level_g, FEEDER_CAPACITY_G, feeder_rest_left(f, now), f->last_feed);

	for (size_t i = 0; r >= 0 && i < f->n_recent; i++)
		r = evbuffer_add_printf(out, "%s{\"at\":%" PRId64 ",\"event\":\"%s\",\"grams\":%d}",
			i > 0 ? "," : "", f->recent[i].at, kind[f->recent[i].kind],
			f->recent[i].grams);
	return r < 0 || evbuffer_add_printf(out, "]}\n") < 0 ? -1 : 0;
}
