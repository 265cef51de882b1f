// What one operating system must be able to tell: which programs hold the client ends of some connections.

/** A connection accepted by us. The client is on this machine, so its end is a socket of some process here. */
export interface PeerConnection {
  /** Our port: `socket.localPort` of the accepted socket. */
  readonly localPort: number;
  /** The client's port: `socket.remotePort` of the accepted socket. */
  readonly remotePort: number;
  /** IP version over which we accepted it. */
  readonly family: 4 | 6;
  /** Address of the client where the firewall led the connection here: its own socket then names the place it dialled, not us. */
  readonly redirectedFrom?: string;
}

export interface ProgramFacts {
  readonly pid: number;
  /** Absolute path, or the bare name where the system tells no more. */
  readonly executable: string;
  /** Program first; empty where the system tells nothing. */
  readonly commandLine: readonly string[];
}

/** Looks up a batch of connections; the answer has one place for each, `undefined` where the owner is not to be had. */
export interface OwnerScanner {
  scan(connections: readonly PeerConnection[]): Promise<readonly (ProgramFacts | undefined)[]>;
  close(): Promise<void>;
}

/** Runs a program of the system and gives what it printed, whatever its exit code; empty where it could not be run. */
export type Exec = (file: string, args: readonly string[]) => Promise<string>;
