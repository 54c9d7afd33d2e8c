/** Who has signed in in this browser, kept in step with the gateway. */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { call, type Failure, onSignedOut } from '../api/call.ts';
import type { Login } from '../api/shapes.ts';
import { useLanguage } from '../i18n/language.tsx';

interface LoginState {
  /** Undefined: nobody, or not known yet. */
  login: Login | undefined;
  isKnown: boolean;
  failure: Failure | undefined;
  /** The login ended by itself, while somebody used it. */
  hasEnded: boolean;
  /** Asks the gateway who has signed in. */
  refresh(): Promise<Login | undefined>;
  signOut(): Promise<void>;
}

const LoginContext = createContext<LoginState | undefined>(undefined);

/** No secret: whoever has never signed in here need not be asked about. */
const HINT = 'peyvand_signed_in';
export const mayBeSignedIn = (): boolean => window.localStorage.getItem(HINT) !== null;

export function LoginProvider({ children }: { children: ReactNode }) {
  const { keepLanguage, preferences, setPreferences } = useLanguage();
  const [login, setLogin] = useState<Login>();
  const [isKnown, setKnown] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [hasEnded, setEnded] = useState(false);
  const wasIn = useRef(false);
  const shown = useRef(preferences);
  useEffect(() => {
    shown.current = preferences;
  });

  const forget = useCallback(() => {
    window.localStorage.removeItem(HINT);
    setLogin(undefined);
    setKnown(true);
  }, []);

  const refresh = useCallback(async () => {
    const shownBefore = shown.current;
    const outcome = await call<Login>('GET', '/me');
    setKnown(true);
    if (!outcome.ok) {
      setFailure(outcome.failure.code === 'unauthorized' ? undefined : outcome.failure);
      return undefined;
    }
    window.localStorage.setItem(HINT, '1');
    wasIn.current = outcome.value.stage === 'member';
    setFailure(undefined);
    setEnded(false);
    setLogin(outcome.value);
    // They were set on another device perhaps; what was chosen here meanwhile is newer.
    const kept = outcome.value.member.preferences;
    const isSame = JSON.stringify(kept) === JSON.stringify(shownBefore);
    if (!isSame && shown.current === shownBefore) setPreferences(kept);
    return outcome.value;
  }, [setPreferences]);

  const signOut = useCallback(async () => {
    wasIn.current = false;
    await call('POST', '/logout');
    // The gateway has told the browser to forget everything, and the language is no secret.
    keepLanguage();
    forget();
  }, [forget, keepLanguage]);

  useEffect(
    () =>
      onSignedOut(() => {
        // Of several calls at once only the first one ends it.
        if (wasIn.current) setEnded(true);
        wasIn.current = false;
        forget();
      }),
    [forget],
  );

  const state = useMemo(
    () => ({ login, isKnown, failure, hasEnded, refresh, signOut }),
    [login, isKnown, failure, hasEnded, refresh, signOut],
  );
  return <LoginContext value={state}>{children}</LoginContext>;
}

export function useLogin(): LoginState {
  const state = useContext(LoginContext);
  if (state === undefined) throw new Error('outside of LoginProvider');
  return state;
}
