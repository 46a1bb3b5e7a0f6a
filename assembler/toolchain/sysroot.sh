#!/usr/bin/env bash
# A sysroot for the device's programs: musl, the kernel's headers and the libraries of the table below,
# built static from pinned Debian sources.  Prints nothing when it is there; appears whole or not at all.
#
#   sysroot.sh NANNY MACHINE FOLDER
set -eEuo pipefail

nanny=$1 machine=$2 folder=$3
case $machine in
x86_64) arch=amd64 cross= gnu=x86_64-linux-gnu ;;
aarch64) arch=arm64 cross=aarch64-linux-gnu- gnu=aarch64-linux-gnu ;;
armv7l) arch=armhf cross=arm-linux-gnueabihf- gnu=arm-linux-gnueabihf ;;
s390x) arch=s390x cross=s390x-linux-gnu- gnu=s390x-linux-gnu ;;
*) echo "sysroot: no such machine: $machine" >&2; exit 2 ;;
esac
[ ! -d "$folder" ] || exit 0
jobs=$(nproc)
mkdir -p "$(dirname "$folder")"
# The libraries remember their prefix, so the folder has its last name while they are built.
work=$folder.work
exec 9>"$folder.lock"
flock 9
[ ! -d "$folder" ] || exit 0
rm -rf "$work"
root=$work/root
mkdir -p "$root/bin" "$root/lib" "$work/src"
trap 'echo "sysroot: failed; the last lines of $work/log:" >&2; tail -n 20 "$work/log" >&2' ERR

step() { echo "sysroot $machine: $*" >&2; }

# musl and the kernel's headers, at the paths that the wrapper below names.
step "musl"
"$nanny" unpack --arch "$arch" musl-dev linux-libc-dev "$work/debs" >&2
triplet=${gnu/gnu/musl}
cp -a "$work/debs/usr/lib/$triplet/." "$root/lib/"
cp -a "$work/debs/usr/include/$triplet" "$root/include"
mkdir -p "$root/kernel"
cp -a "$work/debs/usr/include/linux" "$work/debs/usr/include/asm-generic" "$work/debs/usr/include/mtd" "$root/kernel/"
cp -a "$work/debs/usr/include/$gnu/asm" "$root/kernel/"
ln -s "$("${cross}gcc" -print-libgcc-file-name)" "$root/lib/libgcc.a"
ln -s "$("${cross}gcc" -print-file-name=libgcc_eh.a)" "$root/lib/libgcc_eh.a"

# gcc with musl instead of glibc: nothing of the host is on any search path.
cat >"$root/musl.specs" <<'SPECS'
%rename cpp_options old_cpp_options
*cpp_options:
-nostdinc -isystem %R/include -isystem include%s -idirafter %R/kernel %(old_cpp_options)

*cc1:
-nostdinc -isystem %R/include -isystem include%s -idirafter %R/kernel

*link_libgcc:
-L%R/lib

*libgcc:
libgcc.a%s

*startfile:
%{static-pie:%R/lib/rcrt1.o;:%R/lib/crt1.o} %R/lib/crti.o

*endfile:
%R/lib/crtn.o

SPECS
cat >"$root/bin/cc" <<CC
#!/bin/sh
here=\${0%/bin/cc}
exec ${cross}gcc -specs "\$here/musl.specs" --sysroot="\$here" "\$@"
CC
chmod +x "$root/bin/cc"

unpack_source() {
	local dir=$work/src/$1.files f name
	mkdir -p "$dir"
	for f in $("$nanny" fetch --arch source "$1"); do
		name=${f##*/}
		name=${name//%2b/+} # the pool's paths are as in a URL
		ln -s "$f" "$dir/$name"
	done
	(cd "$dir" && dpkg-source --no-check -x ./*.dsc "$work/src/$1" >>"$work/log" 2>&1)
}

# Only in the build's own folder; configure must not find programs or libraries of the host.
build_autotools() {
	local name=$1
	shift
	step "$name"
	unpack_source "$name"
	(
		cd "$work/src/$name"
		[ -x configure ] || autoreconf -fi # jansson's source package has none
		./configure --host=$triplet --prefix="$folder" --disable-shared --enable-static "$@" \
			CC="$root/bin/cc" AR="${cross}ar" RANLIB="${cross}ranlib" PKG_CONFIG=false \
			CFLAGS="-Os -fPIE -fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections -fstack-protector-strong" LDFLAGS=-static
		# Patched files are newer than what was generated from them: it is not to be made anew.
		make -j"$jobs" ACLOCAL=: AUTOCONF=: AUTOMAKE=: AUTOHEADER=:
		make install DESTDIR="$work/dest" ACLOCAL=: AUTOCONF=: AUTOMAKE=: AUTOHEADER=:
	) >>"$work/log" 2>&1
	cp -a "$work/dest$folder/." "$root/"
	rm -rf "$work/dest"
}

build_autotools libnl3 --disable-cli --disable-pthreads --disable-debug
build_autotools jansson
build_autotools libevent --disable-openssl --disable-thread-support --disable-samples --disable-debug-mode \
	--disable-libevent-regress

# Only what checks a signature is linked: the device makes none, and needs no random numbers of it.
build_autotools libsodium --enable-minimal --disable-pie --disable-ssp

step "cmocka"
unpack_source cmocka
(
	cd "$work/src/cmocka"
	"$root/bin/cc" -Os -std=gnu99 -DHAVE_CLOCK_GETTIME -DHAVE_STRUCT_TIMESPEC -DHAVE_UNISTD_H \
		-DHAVE_STRSIGNAL -DHAVE_STDINT_H -DHAVE_INTTYPES_H -DHAVE_SIGNAL_H -DHAVE_MALLOC_H \
		-include stdint.h -D_UINTPTR_T -D_UINTPTR_T_DEFINED -DHAVE_SNPRINTF -DHAVE_VSNPRINTF -DHAVE_STRCASECMP -DHAVE_TIME_H -DHAVE_GCC_THREAD_LOCAL_STORAGE \
		-I. -Iinclude -c src/cmocka.c -o cmocka.o
	"${cross}ar" rcs "$root/lib/libcmocka.a" cmocka.o
	cp include/cmocka.h "$root/include/"
) >>"$work/log" 2>&1

rm -rf "$root/share" "$root/etc" "$root"/lib/*.la
mv "$root" "$folder"
rm -rf "$work" "$folder.lock"
step "ready"
