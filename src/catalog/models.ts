// Reads a model's name as people write it: an alias, `provider/model`, or a bare name of a family everyone knows.

export interface ResolvedModel {
  /** Catalog id; undefined where the name tells none. */
  readonly provider: string | undefined;
  /** Without the provider's prefix. */
  readonly model: string;
}

/** `providers`: ids in use. An alias is followed once. */
export function resolveModel(
  name: string,
  { aliases, providers }: { readonly aliases: Readonly<Record<string, string>>; readonly providers: readonly string[] },
): ResolvedModel {
  throw new Error(`not yet: ${String([name, aliases, providers])}`);
}
