// The About view: versions, the certificate of this installation, where to go, and the licences of what is inside.
import { Download, ExternalLink } from 'lucide-react';
import type { ExternalPage } from '../../../src/contract/shell.ts';
import { useFace } from '../../agent-state.ts';
import { formatDay } from '../../format.ts';
import { ActionError, ErrorState, Loading } from '../../parts/answers.tsx';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { CopyButton, KeyValue } from '../../parts/figures.tsx';
import { ViewPage } from '../../parts/view-page.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall, useShellAction } from '../../use-call.ts';
import css from './about.module.css';
import { LicencesCard } from './licences-card.tsx';

const pages: readonly ExternalPage[] = ['project', 'issues', 'security', 'licence'];

export function AboutView() {
  return (
    <ViewPage title={t.about.title} subtitle={t.about.tagline}>
      <div className={css['column']}>
        <VersionsCard />
        <CertificateCard />
        <LicencesCard />
      </div>
    </ViewPage>
  );
}

function VersionsCard() {
  const shell = useFace((face) => face.shell);
  const link = useFace((face) => face.link);
  const open = useShellAction('page.open');
  const rows = [
    { key: t.about.app, value: shell === undefined ? t.common.unknown : shell.version },
    { key: t.about.agent, value: link.agentVersion ?? t.about.notConnected },
    { key: 'Electron', value: shell === undefined ? t.common.unknown : `${shell.electron} (Chromium ${shell.chromium})` },
    { key: t.about.system, value: shell?.platform ?? t.common.unknown },
  ];
  return (
    <Card title={t.about.versions}>
      <KeyValue items={rows} />
      <div className={css['links']}>
        {pages.map((page) => (
          <Button key={page} size="small" icon={ExternalLink} onClick={() => void open.run({ page })}>
            {t.about.pages[page]}
          </Button>
        ))}
      </div>
      <ActionError error={open.error} />
    </Card>
  );
}

function CertificateCard() {
  const { data, error, loading, reload } = useAgentCall('ca.get', {});
  const save = useShellAction('file.saveCa', 600_000);
  if (data === undefined) {
    return <Card title={t.about.certificate}>{error === undefined || loading ? <Loading rows={3} /> : <ErrorState error={error} onRetry={reload} />}</Card>;
  }
  return (
    <Card
      title={t.about.certificate}
      subtitle={t.about.certificateText}
      actions={
        <Button icon={Download} busy={save.running} onClick={() => void save.run({})}>
          {t.about.saveCertificate}
        </Button>
      }
    >
      <div className={css['print']}>
        <div>
          <div className={css['caption']}>{t.about.fingerprint}</div>
          <code className={css['fingerprint']}>{data.fingerprint}</code>
        </div>
        <CopyButton text={data.fingerprint} />
      </div>
      <KeyValue
        items={[
          { key: t.about.valid, value: formatDay(data.notAfter) },
          { key: t.about.names, value: String(data.permitted.length) },
        ]}
      />
      <ActionError error={save.error} />
    </Card>
  );
}
