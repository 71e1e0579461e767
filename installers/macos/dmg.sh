#!/bin/sh
# Signs dist/Studiolo.app, packs it into a DMG, and has Apple notarise it: dmg.sh VERSION [NAME].
# The DMG lies in dist/packages; NAME is studiolo, or studiolo-full with models inside.
# Without SIGNING_IDENTITY the DMG is unsigned; without NOTARY_PROFILE it is not notarised. Both are
# said in so many words, because such a DMG opens only after a detour through System Settings.
set -eu

version=$1
name=${2:-studiolo}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dist=$(CDPATH='' cd -- "$here/../../dist" && pwd)
app="$dist/Studiolo.app"
mkdir -p "$dist/packages"
dmg="$dist/packages/$name-$version-macos-$(uname -m).dmg"

if [ -n "${SIGNING_IDENTITY:-}" ]; then
    # From the inside out: a bundle's signature covers those of its libraries.
    find "$app/Contents" -type f \( -name '*.dylib' -o -name '*.so' -o -perm -u+x \) -print0 |
        xargs -0 codesign --force --timestamp --options runtime --sign "$SIGNING_IDENTITY"
    codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" \
        --sign "$SIGNING_IDENTITY" "$app"
    codesign --verify --deep --strict "$app"
else
    echo "NOT SIGNED: no SIGNING_IDENTITY was given."
fi

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
cp -R "$app" "$staging/"
ln -s /Applications "$staging/Applications"
hdiutil create -volname Studiolo -srcfolder "$staging" -format ULFO -ov "$dmg"

if [ -n "${SIGNING_IDENTITY:-}" ] && [ -n "${NOTARY_PROFILE:-}" ]; then
    codesign --force --timestamp --sign "$SIGNING_IDENTITY" "$dmg"
    xcrun notarytool submit "$dmg" --keychain-profile "$NOTARY_PROFILE" --wait
    xcrun stapler staple "$dmg"
else
    echo "NOT NOTARISED: SIGNING_IDENTITY and NOTARY_PROFILE are needed for that."
fi
echo "$dmg"
