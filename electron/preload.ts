// Puts the raw bridge on `window.heimdall`: calls and events of the two contracts, nothing else of Electron.
import { contextBridge, ipcRenderer } from 'electron';
import type { BridgeAnswer, BridgeSide, RawBridge } from '../src/contract/shell.ts';
import { callChannels, eventChannel } from './bridge-channels.ts';

const listeners = new Map<string, Set<(data: unknown) => void>>();

ipcRenderer.on(eventChannel, (_event, side: BridgeSide, name: string, data: unknown) => {
  for (const listener of listeners.get(`${side} ${name}`) ?? []) listener(data);
});

const bridge: RawBridge = {
  invoke: async (side, method, params) => {
    const channel = side === 'agent' ? callChannels.agent : callChannels.shell;
    try {
      return (await ipcRenderer.invoke(channel, method, params)) as BridgeAnswer;
    } catch {
      return { ok: false, code: 'control-failed', message: 'Heimdall did not take this call. Close the window and open it again from the tray.' };
    }
  },
  listen: (side, event, listener) => {
    const key = `${side} ${event}`;
    const own = listeners.get(key) ?? new Set();
    listeners.set(key, own);
    own.add(listener);
    return () => void own.delete(listener);
  },
};

contextBridge.exposeInMainWorld('heimdall', bridge);
