; Before the files go, the agent is stopped and what Heimdall changed on this machine is put back; an update only stops the agent.
!macro customUnInstall
  ; The uninstaller itself runs from a copy in the temporary folder, so it is not among them.
  nsExec::ExecToLog `powershell.exe -NoProfile -Command "Get-Process | Where-Object { $$_.Path -like '$INSTDIR\*' } | Stop-Process -Force"`
  Pop $0
  ${ifNot} ${isUpdated}
    nsExec::ExecToLog '"$INSTDIR\resources\node\node.exe" "$INSTDIR\resources\agent\main.js" restore'
    Pop $0
  ${endIf}
!macroend
