#!/bin/sh
# Removes Heimdall from this Mac: stops it, puts back what it changed, then removes the app. Records and settings stay.
set -e
here=$(cd "$(dirname "$0")" && pwd)
app=$(cd "$here/../../.." && pwd)
case $app in *.app) ;; *) echo "This is not inside Heimdall.app; nothing was removed." >&2; exit 1 ;; esac
osascript -e 'quit app "Heimdall"' 2>/dev/null || true
"$here/heimdall" restore
rm -rf "$app"
echo "Heimdall was removed. Its records are still in ~/Library/Application Support/Heimdall."
