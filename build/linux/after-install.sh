#!/bin/sh
# After the files are in place: the two commands, and a sandbox for the window on every kernel.
set -e
app='/opt/${sanitizedProductName}'
tray='${executable}'

ln -sf "$app/$tray" "/usr/bin/$tray"
ln -sf "$app/resources/bin/heimdall" /usr/bin/heimdall

# Chromium's helper is set-uid only where the kernel lets nobody make a user namespace.
if [ -L /proc/self/ns/user ] && unshare --user true 2>/dev/null; then
  chmod 0755 "$app/chrome-sandbox"
else
  chmod 4755 "$app/chrome-sandbox"
fi

# Ubuntu 24.04 and later let only programs with a profile make one.
profile="$app/resources/apparmor-profile"
if [ -f "$profile" ] && apparmor_status --enabled >/dev/null 2>&1 && apparmor_parser --skip-kernel-load --debug "$profile" >/dev/null 2>&1; then
  cp -f "$profile" "/etc/apparmor.d/$tray"
  apparmor_parser --replace --write-cache --skip-read-cache "/etc/apparmor.d/$tray" || true
fi

if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database /usr/share/applications || true; fi
exit 0
