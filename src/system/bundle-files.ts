// Where the certificate bundles are that environment variables and tool settings point at; the environment room writes them.
import { join } from 'node:path';
import type { SetupMachine } from './surface.ts';

/** Roots of the system, whatever bundle the user had, and our CA: for tools that replace their roots (`SSL_CERT_FILE`, `cafile`). */
export const combinedBundle = ({ dataDir }: Pick<SetupMachine, 'dataDir'>): string => join(dataDir, 'bundle.pem');

/** Our CA and whatever the user had added: for tools that add to their roots (`NODE_EXTRA_CA_CERTS`). */
export const extraBundle = ({ dataDir }: Pick<SetupMachine, 'dataDir'>): string => join(dataDir, 'extra-ca.pem');
