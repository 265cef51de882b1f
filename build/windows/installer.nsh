; Before the files go, what Heimdall changed on this machine is put back; an update changes nothing.
!macro customUnInstall
  ${ifNot} ${isUpdated}
    nsExec::ExecToLog '"$INSTDIR\resources\node\node.exe" "$INSTDIR\resources\agent\main.js" restore'
    Pop $0
  ${endIf}
!macroend
