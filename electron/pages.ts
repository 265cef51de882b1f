// The pages outside that may be opened in the browser: by name, from this list, https only.
import type { ExternalPage } from '../src/contract/shell.ts';

// The project has no public address yet; a reserved name can be taken by nobody until it has.
const project = 'https://heimdall.example';

export const pageAddresses: Readonly<Record<ExternalPage, string>> = {
  project,
  issues: `${project}/issues`,
  security: `${project}/security`,
  licence: 'https://www.apache.org/licenses/LICENSE-2.0',
};
