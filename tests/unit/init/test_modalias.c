/* Which module a device asks for, what that needs, and what the kernel says of devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../../init/modalias.h"
#include "../../../init/uevent.h"

static bool fits(const char *pattern, const char *modalias)
{
	char text[512], *at = text;
	struct span name;

	(void)snprintf(text, sizeof(text), "alias %s it\n", pattern);
	return modalias_next((const char **)&at, modalias, &name);
}

static void patterns_are_those_of_the_kernel(void **state)
{
	static const struct {
		const char *pattern, *modalias;
		bool fits;
	} cases[] = {
		{"pci:v00008086d0000100Esv*sd*bc*sc*i*",
			"pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00", true},
		{"pci:v00008086d0000100Fsv*sd*bc*sc*i*",
			"pci:v00008086d0000100Esv00001AF4sd00001100bc02sc00i00", false},
		{"usb:v046Dp*d*dc*dsc*dp*ic03isc*ip*in*",
			"usb:v046DpC52Bd1201dc00dsc00dp00ic03isc01ip01in00", true},
		{"virtio:d00000001v*", "virtio:d00000001v00001AF4", true},
		{"virtio:d00000001v*", "virtio:d00000001", false},
		{"of:N*T*Cbrcm,bcm2835-wdt", "of:NwatchdogT(null)Cbrcm,bcm2835-wdt", true},
		{"of:N*T*Cbrcm,bcm2835-wdt", "of:NwatchdogT(null)Cbrcm,bcm2835-wdtC*", false},
		{"of:N*T*Cbrcm,bcm2835-wdtC*", "of:NwatchdogT(null)Cbrcm,bcm2835-wdtCx", true},
		{"input:b*v*k*[0-9]x", "input:b0v1k27x", true},
		{"input:b*v*k*[0-9]x", "input:b0v1k2ax", false},
		{"a[bc-e]", "ad", true},
		{"a[bc-e]", "af", false},
		{"a[bc-e", "ab", false},
		{"a?c", "abc", true},
		{"a?c", "ac", false},
		{"*", "", true},
		{"*", "anything", true},
		{"**a**b", "xxaybzb", true},
		{"a", "ab", false},
		{"ab", "a", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (fits(cases[i].pattern, cases[i].modalias) != cases[i].fits)
			fail_msg("%s and %s", cases[i].pattern, cases[i].modalias);
	}
}

/* Exponential matching would not end within a lifetime. */
static void no_pattern_takes_long(void **state)
{
	char pattern[256], text[256];

	(void)state;
	for (int i = 0; i < 200; i += 2)
		memcpy(pattern + i, "*a", 3);
	memset(text, 'a', 250);
	text[249] = 'b';
	text[250] = '\0';
	assert_false(fits(pattern, text));
}

static bool is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.at, text, s.len) == 0;
}

static void every_line_that_fits_is_found(void **state)
{
	static const char text[] = "# comment\nalias virtio:d*v* one\nalias pci:* two\n\n"
				   "alias virtio:* three\nalias broken\nalias virtio:d1v2 four";
	const char *at = text;
	struct span name;

	(void)state;
	assert_true(modalias_next(&at, "virtio:d1v2", &name) && is(name, "one"));
	assert_true(modalias_next(&at, "virtio:d1v2", &name) && is(name, "three"));
	assert_true(modalias_next(&at, "virtio:d1v2", &name) && is(name, "four"));
	assert_false(modalias_next(&at, "virtio:d1v2", &name));
}

static void needs_are_found_by_name_whatever_the_dash(void **state)
{
	static const char dep[] = "kernel/a/b-c.ko.xz: kernel/d.ko  kernel/e_f.ko\nnonsense\n"
				  "kernel/d.ko:\nkernel/x/e_f.ko: kernel/d.ko";
	struct span path, needs, need;

	(void)state;
	assert_true(moddep_find(dep, (struct span){"b_c", 3}, &path, &needs));
	assert_true(is(path, "kernel/a/b-c.ko.xz"));
	assert_true(moddep_next(&needs, &need) && is(modpath_name(need), "d"));
	assert_true(moddep_next(&needs, &need) && is(modpath_name(need), "e_f"));
	assert_false(moddep_next(&needs, &need));
	assert_true(moddep_find(dep, (struct span){"d", 1}, &path, &needs));
	assert_false(moddep_next(&needs, &need));
	assert_false(moddep_find(dep, (struct span){"none", 4}, &path, &needs));
}

static void the_kernels_messages_are_read_and_no_others(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		bool ok, added, asks;
	} cases[] = {
#define MSG(t) t, sizeof(t)
		{MSG("add@/devices/x\0ACTION=add\0MODALIAS=pci:v1"), true, true, true},
		{MSG("add@/devices/x\0ACTION=add\0SUBSYSTEM=net"), true, true, false},
		{MSG("add@/devices/x\0ACTION=add\0MODALIAS="), true, true, false},
		{MSG("remove@/x\0ACTION=remove\0MODALIAS=pci:v1"), true, false, true},
		{MSG("change@/x\0ACTION=added"), true, false, false},
		{MSG("libudev"), false, false, false},
		{"add@/x\0ACTION=add", 17, false, false, false}, /* cut */
		{"", 0, false, false, false},
		{MSG(""), false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct uevent e;

		assert_int_equal(uevent_parse(cases[i].text, cases[i].size, &e), cases[i].ok);
		assert_int_equal(e.added, cases[i].added);
		assert_int_equal(e.asks, cases[i].asks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_are_those_of_the_kernel),
		cmocka_unit_test(no_pattern_takes_long),
		cmocka_unit_test(every_line_that_fits_is_found),
		cmocka_unit_test(needs_are_found_by_name_whatever_the_dash),
		cmocka_unit_test(the_kernels_messages_are_read_and_no_others),
	};

	return cmocka_run_group_tests_name("modalias", tests, NULL, NULL);
}
