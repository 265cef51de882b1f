#!/bin/sh
# Before the files go: for everyone who used Heimdall here, put back what it changed. An update changes nothing.
# dpkg says "remove" or "upgrade"; rpm gives how many versions stay.
case "$1" in upgrade | 1) exit 0 ;; esac

# Nobody may write to the ledger while it is played back.
if command -v pkill >/dev/null 2>&1; then
  pkill -f '^/opt/Heimdall/heimdall-tray' || true
  pkill -f '^/opt/Heimdall/resources/node/node ' || true
  sleep 2
fi

heimdall='/opt/Heimdall/resources/bin/heimdall'
getent passwd | while IFS=: read -r user _ id _ _ home _; do
  [ -d "$home/.local/share/heimdall" ] || continue
  if [ "$id" = "$(id -u)" ]; then
    HOME="$home" "$heimdall" restore || echo "Heimdall: what was changed for $user could not all be put back." >&2
  else
    runuser -u "$user" -- env -i HOME="$home" USER="$user" XDG_RUNTIME_DIR="/run/user/$id" PATH=/usr/bin:/bin "$heimdall" restore ||
      echo "Heimdall: what was changed for $user could not all be put back." >&2
    # What belongs to the whole machine was changed by an administrator, and is put back by one.
    "$heimdall" restore --data-dir "$home/.local/share/heimdall" || true
  fi
done
exit 0
