// The times of one exchange as bars on one axis, with the same as words for those who do not see them.
import { classNames } from '../../class-names.ts';
import { formatDuration } from '../../format.ts';
import { t } from '../../strings/en.ts';
import type { TimeBar, Waterfall } from './waterfall.ts';
import css from './waterfall.module.css';

const words = t.activity.detail.times;

export function WaterfallPicture({ waterfall }: { readonly waterfall: Waterfall }) {
  const { span, bars, firstToken, hasPlaced, ticks } = waterfall;
  const share = (milliseconds: number): string => `${(100 * milliseconds) / span}%`;
  return (
    <figure className={css['picture']} aria-label={words.picture}>
      <div className={css['axis']} aria-hidden>
        {ticks.map((tick) => (
          <span key={tick} className={css['tick']} style={{ left: share(tick) }}>
            {tick === 0 ? '0' : formatDuration(tick)}
          </span>
        ))}
      </div>
      <ul className={css['bars']}>
        {bars.map((bar, index) => (
          <li key={index} className={css['line']}>
            <span className={css['name']}>
              <span>{nameOf(bar)}</span>
              <span className={css['length']}>{formatDuration(bar.length)}</span>
            </span>
            <span className={css['track']} aria-hidden>
              <span
                className={classNames(css['bar'], css[bar.kind], bar.failed && css['failed'], bar.isPlaced && css['placed'])}
                style={{ left: share(bar.start), width: share(bar.length) }}
              />
            </span>
          </li>
        ))}
      </ul>
      {firstToken === undefined && !hasPlaced ? null : (
        <figcaption className={css['caption']}>
          {firstToken === undefined ? null : <p>{words.firstTokenAfter(formatDuration(firstToken))}</p>}
          {hasPlaced ? <p>{words.placed}</p> : null}
        </figcaption>
      )}
    </figure>
  );
}

function nameOf({ kind, name, failed }: TimeBar): string {
  switch (kind) {
    case 'whole':
      return words.whole;
    case 'asked':
      return words.asked;
    case 'answer':
      return words.answer;
    case 'attempt':
      return failed ? words.attemptFailed(name ?? '') : words.attempt(name ?? '');
  }
}
