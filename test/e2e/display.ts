// A screen and a message bus of a test's own: Xvfb on a free display, dbus-daemon on a free address, both gone at the end.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';

export interface VirtualDisplay {
  /** The whole environment for a program on this display. */
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

export interface DisplayOptions {
  readonly width?: number;
  readonly height?: number;
}

/** Throws an Error naming the program and its Debian package where one is missing. */
export async function startDisplay({ width = 1440, height = 900 }: DisplayOptions = {}): Promise<VirtualDisplay> {
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await firstLine(screen, screen.stdio[3] as Readable, 'Xvfb', 'xvfb');
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const address = await firstLine(bus, bus.stdout, 'dbus-daemon', 'dbus-daemon').catch(async (error: unknown) => {
    await end(screen);
    throw error;
  });
  return {
    env: { ...process.env, WAYLAND_DISPLAY: undefined, XAUTHORITY: undefined, DISPLAY: `:${number}`, DBUS_SESSION_BUS_ADDRESS: address },
    close: async () => {
      await end(bus);
      await end(screen);
    },
  };
}

async function firstLine(child: ChildProcess, output: Readable, program: string, debian: string): Promise<string> {
  let text = '';
  output.setEncoding('utf8');
  return new Promise<string>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${program} could not be started (Debian package ${debian}).`, { cause })));
    child.once('exit', (code) => reject(new Error(`${program} ended with code ${code ?? 'none'} before it was ready.`)));
    output.on('data', (chunk: string) => {
      text += chunk;
      const line = /^\s*(\S+)\n/.exec(text)?.[1];
      if (line !== undefined) resolve(line);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill();
  await exited;
}
