// What is known of a model at a provider, as far as it decides where a call fits.

/** Absent figures are not known; nothing is refused for their sake. */
export interface ModelFacts {
  /** Request and answer together. */
  readonly contextTokens?: number | undefined;
  readonly tools?: boolean | undefined;
  readonly vision?: boolean | undefined;
  /** US dollars per million tokens. */
  readonly inputPrice?: number | undefined;
  readonly outputPrice?: number | undefined;
}
