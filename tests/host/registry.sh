#!/usr/bin/env bash
# Images out of a real registry, by the real skopeo: logins, platforms, names that move on, and pulls that
# are cut, killed, starved of disk or done four times at once.
. "$(dirname "$0")/lib.sh"
needs registry docker-registry docker-registry
needs registry skopeo skopeo
needs registry htpasswd apache2-utils
export HOME=$work/home # no logins of the user's
mkdir "$HOME"
unset REGISTRY_AUTH_FILE XDG_RUNTIME_DIR

# Two images with four layers each: a megabyte that cannot be compressed in three of them.
for arch in amd64 arm64; do
	layers=()
	for n in 1 2 3 4; do
		mkdir -p "$work/$arch$n"
		echo "made for $arch" >"$work/$arch$n/run"
		[ $n -eq 4 ] || head -c 1000000 /dev/urandom >"$work/$arch$n/data$n"
		layers+=("$work/$arch$n")
	done
	image "$work/$arch" $arch "${layers[@]}"
done
registry open || { not_ok "docker-registry starts"; exit; }
open=127.0.0.1:$port open_pid=$registry_pid
for arch in amd64 arm64; do push "$work/$arch" "$open/app:$arch" || not_ok "the test's image is pushed"; done
put_index() { # TAG ARCH…
	local tag=$1 list='' arch
	shift
	for arch in "$@"; do list+=",$(cat "$work/$arch/descriptor")"; done
	curl -fsS -o /dev/null -X PUT -H 'Content-Type: application/vnd.oci.image.index.v1+json' "http://$open/v2/app/manifests/$tag" \
		-d "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[${list#,}]}"
}
put_index both amd64 arm64 && put_index arm arm64 || not_ok "the test's index is pushed"

yml() { printf 'services:\n  - name: app\n    image: %s\n' "$1" >"$work/app.yml"; }
look() { nanny check --images "$@" "$work/app.yml"; }
make() { nanny build --output "$work/out" "$@" "$work/app.yml"; }
sum() { sha256sum "$work/out/app-initrd.img" | cut -c1-64; }
layouts() { find "$XDG_CACHE_HOME/nanny/image" -mindepth 1 -maxdepth 1 -type d 2>/dev/null; }
# Every blob is what its name says, and every layout leads to such blobs only.
cache_is_sound() {
	local f
	for f in "$XDG_CACHE_HOME"/nanny/blob/sha256/*; do
		# Who is killed leaves a file with a longer name; it is nobody's blob.
		[ ${#f} -gt $((${#XDG_CACHE_HOME} + 83)) ] || [ ! -e "$f" ] || [ "$(sha256sum <"$f" | cut -c1-64)" = "${f##*/}" ] || return 1
	done
	for f in $(layouts); do
		[ "${f%.part}" != "$f" ] || for f in $(grep -o 'sha256:[0-9a-f]*' "$f/index.json" | cut -d: -f2); do
			[ -f "$XDG_CACHE_HOME/nanny/blob/sha256/$f" ] || return 1
		done
	done
}
asked_for() { grep -c "\"GET /v2/app/blobs/sha256:$1" "$work/open.log"; } # LAYER
layer() { grep -o '"layers":.*' "$work/amd64/blobs/sha256/$(grep -o 'sha256:[0-9a-f]*' "$work/amd64/descriptor" | cut -d: -f2)" | grep -o 'sha256:[0-9a-f]*' | sed -n "$1s/sha256://p"; }

# ------------------------------------------------------------------ platforms, names

fresh_cache "$work/cache1"
yml "$open/app:both"
check "an index gives this board's image" make
check "it is the one for amd64" bash -c "zstd -dcq $work/out/app-initrd.img | grep -aq 'made for amd64'"
first=$(sum)
check "another board gets another" nanny check --images --board qemu-arm64 "$work/app.yml"
check "the cache is sound" cache_is_sound
yml "$open/app:arm"
check "without this platform it is refused" ends 2 look
check "and the platforms there are are named" says "for linux/arm64, not for linux/amd64"
yml "$open/app:none"
check "no such tag is the file's mistake" ends 2 look
check "and says so" says "app.yml:3:12: image '$open/app:none' not found"

# ------------------------------------------------------------------ the lock file

yml "$open/app:both"
check "nanny lock writes the digests" nanny lock "$work/app.yml"
check "of the index" grep -q "^$open/app:both sha256:[0-9a-f]\{64\}$" "$work/app.lock"
put_index both arm64 amd64
fresh_cache "$work/cache2"
check "a name that moved on is still what was locked" make --locked
check "with the same bytes" [ "$(sum)" = "$first" ]
check "--pull --locked sees that it moved" ends 2 make --pull --locked
check "and says both digests" [ "$(grep -o 'sha256:[0-9a-f]\{64\}' "$work/said" | sort -u | wc -l)" = 2 ]
cp "$work/app.lock" "$work/before"
check "nanny lock takes the new one" nanny lock "$work/app.yml"
check "and says what changed" says "app:both was sha256:"
check "the lock differs" ends 1 cmp -s "$work/app.lock" "$work/before"
rm "$work/app.lock"

# ------------------------------------------------------------------ logins

htpasswd -Bbn goat feed >"$work/users"
registry closed "auth: {htpasswd: {realm: r, path: $work/users}}" || not_ok "a registry with a login starts"
closed=127.0.0.1:$port
check "a push with the login" push "$work/amd64" "$closed/app:1" --dest-creds goat:feed
yml "$closed/app:1"
login() { skopeo login --tls-verify=false --authfile "$1" -u goat -p "$2" "$closed" >/dev/null 2>&1; }
auth() { printf '{"auths":{"%s":{"auth":"%s"}}}\n' "$closed" "$(printf 'goat:%s' "$2" | base64)" >"$1"; }
check "without a login it is a failure" ends 1 look
check "that says what to do" says "skopeo login $closed"
auth "$work/wrong" hay
check "a wrong login, too" ends 1 look --authfile "$work/wrong"
check "and says so" says "wants another login"
check "skopeo login makes a file" login "$work/right" feed
check "--authfile takes it" look --authfile "$work/right"
fresh_cache "$work/cache3"
export REGISTRY_AUTH_FILE=$work/right
check "so does REGISTRY_AUTH_FILE" look
unset REGISTRY_AUTH_FILE
fresh_cache "$work/cache4"
mkdir "$HOME/.docker"
auth "$HOME/.docker/config.json" feed
check "and Docker's own" look

# ------------------------------------------------------------------ a way that breaks

echo -1 >"$work/cut"
build/x86_64/tests/host/cut "${open#*:}" "$work/cut" >"$work/port" &
pids+=($!)
wait_for 10 [ -s "$work/port" ]
yml "127.0.0.1:$(cat "$work/port")/app:both"
RANDOM=${SEED:-$$}
tries=0 sound=0 good=0
for n in $(seq 12); do
	fresh_cache "$work/cut$n"
	echo $((RANDOM * 32768 % 1000000 + 500)) >"$work/cut"
	look
	status=$?
	tries=$((tries + 1))
	cache_is_sound && [ $status -le 1 ] && { [ $status -eq 0 ] || [ -z "$(layouts)" ]; } && sound=$((sound + 1))
	[ $n -gt 4 ] || { echo -1 >"$work/cut" && look && cache_is_sound && good=$((good + 1)); }
	rm -rf "$work/cut$n"
done
check "cut at $tries random bytes, there is never half an image ($sound)" [ $sound -eq $tries ]
check "and the next try has it whole ($good of 4)" [ $good -eq 4 ]

fresh_cache "$work/resume"
yml "$open/app:both"
mkdir -p "$work/resume/nanny/blob/sha256"
cp "$work/amd64/blobs/sha256/$(layer 1)" "$work/resume/nanny/blob/sha256/"
had=$(asked_for "$(layer 1)") other=$(asked_for "$(layer 2)")
check "a pull goes on" look
check "with the layers that it has" [ "$(asked_for "$(layer 1)")" -eq "$had" ]
check "and asks for the others" [ "$(asked_for "$(layer 2)")" -eq $((other + 1)) ]

# ------------------------------------------------------------------ killed, at once, no room

killed=0 whole=0
for n in $(seq 8); do
	fresh_cache "$work/kill$n"
	build/nanny check --images "$work/app.yml" >/dev/null 2>&1 &
	victim=$!
	sleep "$(printf 0.%03d $((RANDOM % 150 + 20)))"
	[ $((n % 2)) -eq 0 ] || victim=$(pgrep -P $victim skopeo || echo $victim)
	kill -9 "$victim" 2>/dev/null && killed=$((killed + 1))
	{ wait %%; } 2>/dev/null
	look && cache_is_sound && whole=$((whole + 1))
	rm -rf "$work/kill$n"
done
check "nanny or skopeo killed $killed times: the next pull is whole ($whole of 8)" [ $whole -eq 8 ]

fresh_cache "$work/crowd"
had=$(asked_for "$(layer 2)")
crowd=()
for n in 1 2 3 4; do
	build/nanny check --images "$work/app.yml" >"$work/crowd$n" 2>&1 &
	crowd+=($!)
done
good=0
for p in "${crowd[@]}"; do wait "$p" && good=$((good + 1)); done
check "four at once are good ($good)" [ $good -eq 4 ]
check "and bring each layer once" [ "$(asked_for "$(layer 2)")" -eq $((had + 1)) ]
check "into a sound cache" cache_is_sound

if [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null; then
	mkdir "$work/small"
	fresh_cache "$work/small"
	cat >"$work/full" <<-'EOT'
		mount -t tmpfs -o size=2m small "$1/small" && mkdir "$1/small/nanny"
		build/nanny check --images "$1/app.yml" >"$1/said" 2>&1
		[ $? -eq 1 ] || { echo "status is not 1"; exit 1; }
		[ -z "$(find "$1/small/nanny/image" -name index.json)" ] || { echo "half an image"; exit 1; }
		mount -o remount,size=20m "$1/small" || exit 1
		build/nanny check --images "$1/app.yml" 2>&1
	EOT
	check "a full disk fails, and with room it goes on" unshare --mount bash "$work/full" "$work"
	check "the failure names it" says "no space left on device"
else
	echo "skip a full disk fails: needs root and unshare"
fi

# ------------------------------------------------------------------ the registry is gone

fresh_cache "$work/cache1"
kill "$open_pid"
{ wait "$open_pid"; } 2>/dev/null
check "what is in the cache needs no registry" look
check "what is not fails" ends 1 look --pull
check "and says that it does not answer" says "the registry $open does not answer"
