#!/bin/sh
# After the files are gone: the commands and the profile go, too. An update keeps them.
case "$1" in upgrade | 1) exit 0 ;; esac
tray='${executable}'
rm -f "/usr/bin/$tray" /usr/bin/heimdall
if [ -f "/etc/apparmor.d/$tray" ]; then
  apparmor_parser --remove "/etc/apparmor.d/$tray" 2>/dev/null || true
  rm -f "/etc/apparmor.d/$tray"
fi
exit 0
