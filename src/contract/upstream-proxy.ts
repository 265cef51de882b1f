// The proxy of the organisation behind which this computer stands: found on the machine or set, and what Heimdall connects through.

/** `from` says in words where it was found: `GNOME proxy settings`, `HTTPS_PROXY of the user's environment`. */
export type UpstreamProxy =
  | { readonly kind: 'direct' }
  | {
      readonly kind: 'manual';
      /** For http destinations, `http://proxy.corp:8080`; may carry user and password. Absent: straight out. */
      readonly http?: string | undefined;
      readonly https?: string | undefined;
      /** Hosts that are reached straight: `localhost`, `.corp.example`, `10.0.0.0/8`, `*.local`. */
      readonly noProxy: readonly string[];
      readonly from: string;
    }
  | { readonly kind: 'pac'; /** Where its PAC file is: http, https or file. */ readonly url: string; readonly from: string };
