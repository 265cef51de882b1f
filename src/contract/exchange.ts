// The nouns of one exchange: what a request is, who sent it, what was found in it, what became of it.

/** Header lines as they stood on the wire: name, value, name, value … in order, in case, duplicates kept. */
export type RawHeaders = readonly string[];

export type HttpVersion = '1.0' | '1.1' | '2';

/** The head of one request, after the proxy's framing is taken off. */
export interface RequestHead {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** Lower case, no port, no brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query as the client wrote them; may hold secrets (`?key=`), so never log it raw. */
  readonly path: string;
  readonly headers: RawHeaders;
  readonly httpVersion: HttpVersion;
}

/** The program that opened a connection. Unknown is a value: `undefined` wherever this type is optional. */
export interface PeerProcess {
  readonly pid: number;
  /** Absolute path, or the bare name where the system tells no more. */
  readonly executable: string;
  /** The catalog's id of the app (`claude-code`), else the executable's base name. */
  readonly app: string;
}

export type DialectId = 'openai-chat' | 'openai-responses' | 'openai-embeddings' | 'anthropic-messages' | 'gemini';

export type HostKind = 'api' | 'web' | 'telemetry' | 'auth';

/** One row of the catalog as it applies to a host: who answers there and what Heimdall does with it. */
export interface Surface {
  /** Catalog id of the provider: `openai`, `anthropic`, `google` … */
  readonly provider: string;
  /** Product name for people: `OpenAI API`, `ChatGPT` … */
  readonly product: string;
  /** The catalog's pattern that matched: an exact host, or `*.label.example`. */
  readonly pattern: string;
  readonly kind: HostKind;
  /** `intercept`: TLS is terminated. `tunnel`: known, counted, bytes untouched. */
  readonly handling: 'intercept' | 'tunnel';
  /** Where inference calls go when settings do not say: through the route, or to the origin with the client's own credential. */
  readonly forward: 'route' | 'origin';
}

/** What a request is: an inference call in a dialect, or anything else on the host (native: forwarded as it is, body never read). */
export type Recognition = { readonly kind: 'dialect'; readonly dialect: DialectId } | { readonly kind: 'native' };

export type TextRole = 'system' | 'user' | 'assistant' | 'tool';

/**
 * A piece of text inside a request body: the content of one JSON string, without its quotes.
 * Offsets are bytes into the decoded body, `end` exclusive.
 */
export interface TextSpan {
  readonly role: TextRole;
  readonly start: number;
  readonly end: number;
  /** The text with JSON escapes resolved. Decoded at the first call, then kept. */
  text(): string;
  /** The bytes that carry the characters `from`..`to` (UTF-16 indexes into `text()`, `to` exclusive). */
  bytesOf(from: number, to: number): { start: number; end: number };
}

/** What a dialect reads from a request. */
export interface RequestFacts {
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly spans: readonly TextSpan[];
  /** Names of the tools the client offers. */
  readonly tools: readonly string[];
  /** Bytes of the model's name in the decoded body, without quotes; undefined where it stands elsewhere (Gemini: in the path). */
  readonly modelAt: { readonly start: number; readonly end: number } | undefined;
  /** Longest answer the client wants, tokens. */
  readonly maxOutputTokens: number | undefined;
  /** An image, video or document is attached. */
  readonly hasMedia: boolean;
  /** The answer has to be JSON (a schema or a JSON mode). */
  readonly wantsJson: boolean;
  /** Keys of the document's top level, in order, at most 100: what a target that cannot carry one of them is told by. */
  readonly fields: readonly string[];
}

/** Tokens as the provider counted them. Absent figures were not reported. */
export interface Usage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cachedInputTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly reasoningTokens?: number;
}

/** What a dialect reads from an answer, beside the stream. */
export interface ResponseFacts {
  readonly model: string | undefined;
  readonly usage: Usage | undefined;
  readonly stopReason: string | undefined;
  /** The provider's own error, where the answer was one (also in mid-stream). */
  readonly error: { readonly type: string; readonly message: string } | undefined;
  /** The answer came to its own end (`[DONE]`, `message_stop`, a whole JSON document …). */
  readonly complete: boolean;
}

/** Something a detector found in the text of a request. Never holds the value itself. */
export interface Finding {
  /** Detector id: `aws-access-key`, `email`, … */
  readonly detector: string;
  readonly role: TextRole;
  /** Bytes into the decoded body, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** Keyed hash of the value (hex, 32 characters): equal values have equal fingerprints on one installation only. Empty for values beyond the first 256 of a request. */
  readonly fingerprint: string;
}

/** One replacement in a body: the bytes from `start` to `end` give way to `replacement` (ASCII, safe inside a JSON string). */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** What policy says of one request. `rule` is the id of the rule that decided; undefined means no rule did. */
export type Decision =
  | { readonly action: 'allow'; readonly rule: string | undefined; readonly findings: readonly Finding[] }
  | { readonly action: 'block'; readonly rule: string; readonly message: string; readonly findings: readonly Finding[] }
  | {
      readonly action: 'ask';
      readonly rule: string;
      readonly message: string;
      readonly ask: { readonly otherwise: 'allow' | 'block'; readonly seconds: number; readonly justification: boolean };
      /** Redactions that rules above asked for; they stand whatever the answer is. */
      readonly edits: readonly Edit[];
      readonly findings: readonly Finding[];
    }
  | { readonly action: 'redact'; readonly rule: string; readonly edits: readonly Edit[]; readonly findings: readonly Finding[] };

export type Outcome = 'forwarded' | 'redacted' | 'refused' | 'native' | 'tunnelled' | 'failed-open' | 'failed-closed' | 'client-aborted';

export type TargetKind = 'gateway' | 'provider' | 'origin' | 'simulator';

/** One try at one target. `status` is absent where no answer came. */
export interface Attempt {
  readonly target: string;
  readonly kind: TargetKind;
  /** The model asked for there, where it is not the client's. */
  readonly model?: string | undefined;
  /** Label of the key out of the provider's pool. */
  readonly key?: string | undefined;
  /** Tokens this attempt was answered with although another answer was used: what may be billed beside it. */
  readonly unusedUsage?: Usage | undefined;
  readonly status: number | undefined;
  /** Stable code of what went wrong, absent when the answer was used. */
  readonly error: string | undefined;
  /** Milliseconds from the start of the try to its response head or its failure. */
  readonly milliseconds: number;
}

/** How a client's TLS handshake with us ended when it did not succeed. */
export type HandshakeFailure = 'closed' | 'reset' | 'cert-rejected' | 'no-shared-cipher' | 'timeout' | 'other';
