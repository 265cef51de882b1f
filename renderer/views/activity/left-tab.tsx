// What left this machine in one call: the text as the app wrote it beside the text as it was sent.
import { EyeOff, FileQuestion, Info, ShieldCheck, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import type { AuditRecord } from '../../../src/contract/audit.ts';
import type { KeptContent } from '../../../src/contract/content.ts';
import { classNames } from '../../class-names.ts';
import { EmptyState, ErrorState, Loading } from '../../parts/answers.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { t } from '../../strings/en.ts';
import { useAgentCall } from '../../use-call.ts';
import css from './left-tab.module.css';
import { shortened, sideBySide } from './side-by-side.ts';
import type { Segment, SideBySide, SpanPair } from './side-by-side.ts';

const words = t.activity.detail.left;
const shownAtFirst = 1_500;

export function LeftTab({ record }: { readonly record: AuditRecord }) {
  const { data, error, reload } = useAgentCall('content.get', { id: record.id });
  if (error !== undefined && data === undefined) return <ErrorState title={words.failed} error={error} onRetry={reload} />;
  if (data === undefined) return <Loading rows={5} />;
  if (data.kind === 'absent') return <EmptyState icon={FileQuestion} title={words.absent} text={data.reason} />;
  return <Kept content={data.content} isSent={record.outcome !== 'refused' && (record.attempts?.length ?? 0) > 0} />;
}

function Kept({ content, isSent }: { readonly content: KeptContent; readonly isSent: boolean }) {
  const sides = sideBySide(content);
  return (
    <div className={css['kept']} data-wide>
      <Summary sides={sides} isSent={isSent} />
      {sides.spans.length === 0 ? <p className={css['muted']}>{words.empty}</p> : null}
      {sides.spans.length === 0 ? null : (
        <div className={css['heads']} aria-hidden>
          <span>{words.original}</span>
          <span>{isSent ? words.sent : words.neverSent}</span>
        </div>
      )}
      <ul className={css['spans']}>
        {sides.spans.map((span, index) => (
          <Span key={index} span={span} isSent={isSent} />
        ))}
      </ul>
    </div>
  );
}

function Summary({ sides, isSent }: { readonly sides: SideBySide; readonly isSent: boolean }) {
  const { replaced, kept, clear, omitted } = sides;
  return (
    <div className={css['summary']}>
      <div className={css['badges']}>
        {!isSent ? (
          <Badge tone="bad" icon={ShieldCheck}>
            {replaced + kept === 0 ? words.nothingSent : words.stopped(replaced + kept)}
          </Badge>
        ) : (
          <>
            {replaced > 0 ? (
              <Badge tone="good" icon={EyeOff}>
                {words.replaced(replaced)}
              </Badge>
            ) : null}
            {kept > 0 ? (
              <Badge tone="warn" icon={TriangleAlert}>
                {words.kept(kept)}
              </Badge>
            ) : null}
            {replaced + kept === 0 ? <Badge>{words.untouched}</Badge> : null}
          </>
        )}
      </div>
      {replaced + kept === 0 ? null : (
        <p className={css['note']}>
          <Info size={14} aria-hidden />
          {clear ? words.clear : words.masked}
        </p>
      )}
      {omitted === 0 ? null : (
        <p className={css['note']}>
          <TriangleAlert size={14} aria-hidden />
          {words.omitted(omitted)}
        </p>
      )}
    </div>
  );
}

function Span({ span, isSent }: { readonly span: SpanPair; readonly isSent: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const room = isWhole ? Number.POSITIVE_INFINITY : shownAtFirst;
  const original = shortened(span.original, room);
  const sent = shortened(span.sent, room);
  return (
    <li className={css['span']}>
      <span className={css['role']}>{t.activity.roles[span.role]}</span>
      <div className={css['columns']}>
        <Side name={words.original} segments={original.segments} side="original" />
        {isSent ? (
          <Side name={words.sent} segments={sent.segments} side="sent" />
        ) : (
          <div className={classNames(css['side'], css['absent'])}>{words.stoppedHere}</div>
        )}
      </div>
      {original.left === 0 ? null : (
        <Button kind="quiet" size="small" onClick={() => setWhole(true)}>
          {words.more(original.left)}
        </Button>
      )}
    </li>
  );
}

function Side({ name, segments, side }: { readonly name: string; readonly segments: readonly Segment[]; readonly side: 'original' | 'sent' }) {
  return (
    <div className={css['side']} role="group" aria-label={name}>
      {segments.map(({ text, mark }, index) =>
        mark === undefined ? (
          <span key={index}>{text}</span>
        ) : (
          <mark
            key={index}
            className={classNames(css['mark'], mark.isReplaced ? (side === 'sent' ? css['replacement'] : css['taken']) : css['found'])}
            title={words.found(mark.number, mark.detector)}
          >
            <span className="visually-hidden">{words.found(mark.number, mark.detector)}: </span>
            {text}
            <sup aria-hidden>{mark.number}</sup>
          </mark>
        ),
      )}
    </div>
  );
}
