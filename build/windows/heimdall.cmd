@echo off
rem The command line of the installed product: the agent on the Node it is shipped with.
"%~dp0..\node\node.exe" "%~dp0..\agent\main.js" %*
