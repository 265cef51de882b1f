// The licences of every package that ships, loaded when they are asked for.
import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Card } from '../../parts/card.tsx';
import { Loading } from '../../parts/answers.tsx';
import { t } from '../../strings/en.ts';
import css from './about.module.css';

interface Licence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

export function LicencesCard() {
  const [licences, setLicences] = useState<readonly Licence[] | 'closed' | 'loading'>('closed');
  const show = (): void => {
    setLicences('loading');
    void import('virtual:licences').then((found) => setLicences(found.licences));
  };
  return (
    <Card title={t.about.licences}>
      {licences === 'closed' ? (
        <Button onClick={show}>{t.about.showLicences}</Button>
      ) : licences === 'loading' ? (
        <Loading rows={4} />
      ) : (
        <ul className={css['licences']}>
          {licences.map(({ name, version, licence, text }) => (
            <li key={`${name} ${version}`}>
              <details>
                <summary>
                  <span>{name}</span> <span className={css['caption']}>{`${version} · ${licence}`}</span>
                </summary>
                <pre className={css['text']} tabIndex={0} aria-label={t.about.licenceOf(name)}>
                  {text}
                </pre>
              </details>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
