// The rows of the table of providers.
import type { ProviderRow } from './providers.ts';

export const providerRows: readonly ProviderRow[] = [];
