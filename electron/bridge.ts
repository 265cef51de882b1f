// The window's door into the main process: takes calls from our own pages only, and passes events back. The one place that judges senders.
import { BrowserWindow, ipcMain } from 'electron';
import type { IpcMainInvokeEvent, WebContents } from 'electron';
import type { BridgeAnswer, BridgeSide, ShellData, ShellEvent } from '../src/contract/shell.ts';
import type { AgentMessage } from './agent-feed.ts';
import { answerCall } from './bridge-calls.ts';
import type { BridgeTargets } from './bridge-calls.ts';
import { callChannels, eventChannel } from './bridge-channels.ts';
import { isFacePage } from './face-files.ts';

export function openBridge(targets: BridgeTargets<WebContents>): void {
  for (const side of ['agent', 'shell'] as const) {
    ipcMain.handle(callChannels[side], (event, method: unknown, params: unknown): Promise<BridgeAnswer> => {
      if (!isOurs(event)) return Promise.reject(new Error('This sender may not call.'));
      return answerCall(targets, side, method, params, event.sender);
    });
  }
}

/** The main frame of one of our windows, showing one of our pages. */
function isOurs({ sender, senderFrame }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isFacePage(senderFrame.url) && BrowserWindow.fromWebContents(sender) !== null;
}

export function sendAgentEvent(to: WebContents, { event, data }: AgentMessage): void {
  send(to, 'agent', event, data);
}

export function sendShellEvent<E extends ShellEvent>(to: WebContents, event: E, data: ShellData<E>): void {
  send(to, 'shell', event, data);
}

export function broadcastAgentEvent(message: AgentMessage): void {
  for (const window of BrowserWindow.getAllWindows()) sendAgentEvent(window.webContents, message);
}

export function broadcastShellEvent<E extends ShellEvent>(event: E, data: ShellData<E>): void {
  for (const window of BrowserWindow.getAllWindows()) sendShellEvent(window.webContents, event, data);
}

function send(to: WebContents, side: BridgeSide, event: string, data: unknown): void {
  if (!to.isDestroyed() && isFacePage(to.getURL())) to.send(eventChannel, side, event, data);
}
