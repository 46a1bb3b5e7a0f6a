#!/usr/bin/env bash
# The manual, the README and the picture say what is so.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0
check() { # WHAT WANTED…: every word of the list on standard input is in FILE
	local what=$1 file=$2 missing=() word
	while read -r word; do
		grep -qF -- "$word" "$file" || missing+=("$word")
	done
	if [ ${#missing[@]} -eq 0 ]; then
		echo "ok $what"
	else
		echo "not ok $what: $file lacks: ${missing[*]}"
		bad=1
	fi
}
none() { # WHAT: holds when the list on standard input is empty
	local list
	list=$(cat)
	if [ -z "$list" ]; then
		echo "ok $1"
	else
		echo "not ok $1:" $list
		bad=1
	fi
}
nonempty() { # a list that came out empty is no list
	local list
	list=$(cat)
	[ -n "$list" ] || list="(the list is empty: $1)"
	printf '%s\n' "$list"
}

for page in assembler/nanny.1 boards/board.yml.5 init/init.8 init/nannyctl.8 init/policy.5 lib/slot.5; do
	if mandoc -Tlint -Wwarning "$page" | grep -v 'mandoc.db lacks' | grep -q .; then
		echo "not ok $page is well-formed"
		mandoc -Tlint -Wwarning "$page" | sed 's/^/# /'
		bad=1
	else
		echo "ok $page is well-formed"
	fi
done

link=$(mktemp -d)
trap 'rm -rf "$link"' EXIT
ln -s "$PWD/build/x86_64/init" "$link/nannyctl"
build/nanny --help | sed -n 's/^  nanny \([a-z]*\) .*/\1/p' | sed 's/^/.Cm /' | nonempty verbs |
	check "nanny.1 names every verb" assembler/nanny.1
build/nanny --help | grep -o -- '--[a-z-]*' | sort -u | sed 's/^--/Fl -/' | nonempty options |
	check "nanny.1 names every option" assembler/nanny.1
sed -nE 's/^[[:space:]](KEY|NEED)\("([^"]+)".*/\2/p' assembler/schema_table.c | sort -u | nonempty keys |
	check "nanny.1 names every key of a system" assembler/nanny.1
for v in $(build/nanny --help | sed -n 's/^  nanny \([a-z]*\) .*/\1/p'); do
	build/nanny "$v" --help | grep -q "nanny $v" || echo "$v"
done >"$link/helpless"
none "every verb has a --help" <"$link/helpless"
"$link/nannyctl" --help | sed -n 's/^  \([a-z][a-z-]*\) .*/.Cm \1/p' | sed 's/.Cm \(stop\|restart\|poweroff\|halt\|factory-reset\)$/\1/' | nonempty verbs |
	check "nannyctl.8 names every verb" init/nannyctl.8
"$link/nannyctl" --help | grep -o -- '--[a-z]*' | sort -u | sed 's/^-//' | nonempty options |
	check "nannyctl.8 names every option" init/nannyctl.8
# The members that the code writes are those that .Va has.
{
	grep -ho '\\"[a-z0-9_]*\\":' init/ctl_verb.c init/why.c init/events.c init/memlog.c init/nannyctl*.c
	grep -ho 'add_field([^,]*, "[a-z_]*"' init/ctl_verb.c init/events.c
	grep -ho '_set_new([^,]*, "[a-z_]*"' init/nannyctl*.c
	grep -ho '\[MARK_[A-Z]*\] = "[a-z_]*"' init/ctl_verb.c
	sed -n '/json_pack/,/;/p' init/nannyctl*.c | grep -o '"[a-z_]*",'
} | grep -o '[a-z0-9_]*\\\?"[:,]\?$' | tr -d '\\":,' | grep -vx 'ok\|error\|code' | sort -u >"$link/printed"
sed -n 's/^\.Va //p; s/^\.It Va //p; s/^\.Bq Va //p' init/nannyctl.8 | tr ' ,' '\n\n' | sort -u >"$link/told"
[ "$(wc -l <"$link/printed")" -gt 60 ] || echo "only $(wc -l <"$link/printed") were found" >>"$link/printed"
comm -23 "$link/printed" "$link/told" >"$link/untold"
none "nannyctl.8 names every member of JSON ($(wc -l <"$link/printed"))" <"$link/untold"
bash -c 'source <("$1/nannyctl" --completion); COMP_WORDS=(nannyctl st); COMP_CWORD=1; _nannyctl; echo "${COMPREPLY[@]}"' - "$link" >"$link/completed"
[ "$(cat "$link/completed")" = "status start stop" ] && echo "ok bash completes nannyctl's verbs" || { echo "not ok bash completes nannyctl's verbs: $(cat "$link/completed")"; bad=1; }
sed -n 's/^POLICY("\([a-z-]*\)".*/.It Li \1/p' lib/policy_rows.h | nonempty keys |
	check "policy.5 has every key of the table" init/policy.5
# The defaults stand in a row of the table and in the manual.
tr -d '\n\t' <lib/policy_rows.h | sed 's/POLICY(/\n/g' | sed -n 's/^"\([a-z-]*\)", *[A-Z_]*, *"[^"]*", *"\([^"]\{1,\}\)", *take.*/\1 \2/p' >"$link/defaults"
while read -r key value; do
	awk -v k="$key" -v v="$value" '/^\.It Li / { on = $3 == k && NF == 3 } on && $1 == ".Li" && $2 == v && d { ok = 1 } { d = /Default$/ } END { exit !ok }' init/policy.5 || echo "$key: $value"
done <"$link/defaults" >"$link/wrong"
none "policy.5 has the defaults of the table ($(wc -l <"$link/defaults"))" <"$link/wrong"
sed -n '/entry_keys\[\]/,/^};/s/.*\(NEED\|KEY\)("\([A-Za-z.]*\)".*/\2/p' assembler/schema_table.c | nonempty keys |
	check "nanny.1 names every key of an image entry" assembler/nanny.1
for b in boards/*/board.yml; do basename "$(dirname "$b")"; done | nonempty boards |
	check "the README has every board" README.md
for b in boards/*/board.yml; do basename "$(dirname "$b")"; done | nonempty boards |
	check "boards/README.md has every board" boards/README.md
sed -n 's/^  - name: //p' configs/goat-feeder.yml | nonempty containers |
	check "the picture has every container of the goat feeder" boot.svg
for c in init/*.c; do basename "$c" .c; done | grep -v '^helper_' | nonempty files |
	check "init/NOTES.md has every file" init/NOTES.md

grep -o '](\([^)#:]*\))' README.md boards/README.md configs/README.md | sed 's/^\([^:]*\):](\(.*\))$/\1 \2/' |
	while read -r from to; do [ -e "$(dirname "$from")/$to" ] || echo "$from: $to"; done >"$link/broken"
none "links lead somewhere" <"$link/broken"
grep -o '`make [a-z.-]*`' README.md tests/README.md | sed 's/.*`make \(.*\)`/\1/' | sort -u | while read -r t; do
	make help | grep -q "^  make $t " || echo "$t"
done >"$link/targets"
none "targets that are named exist" <"$link/targets"
exit $bad
