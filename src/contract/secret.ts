// Where a secret of the settings stands.
import { z } from './schema.ts';

/** A secret given in place, or by the name of an environment variable, or by a file that holds it alone. */
export const SecretSource = z.union([z.string().min(1), z.strictObject({ env: z.string().min(1) }), z.strictObject({ file: z.string().min(1) })]);
export type SecretSource = z.infer<typeof SecretSource>;
