// Optional: the button for notifications on this device. Shown only where the browser can take them.
(() => {
  const card = document.querySelector("[data-push-key]");
  const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!card || !can) return;
  const { pushKey, pushUrl, pushWorker } = card.dataset;
  const part = (name) => card.querySelector(`[data-push-${name}]`);

  const draw = (isOn, hasFailed = false) => {
    part("on").hidden = isOn;
    part("off").hidden = !isOn;
    part("is-on").hidden = !isOn;
    part("failed").hidden = !hasFailed;
    // What is over is not offered any more, and can still be switched off.
    card.hidden = !isOn && "pushOver" in card.dataset;
  };

  const ask = async (path = "", options = {}) => {
    const answer = await fetch(`${pushUrl}${path}`, options);
    if (!answer.ok) throw new Error(`${answer.status}`);
    return (await answer.json()).is_on;
  };

  // The endpoint is a secret between browser and push service: in an address stands its digest.
  const pathOf = async ({ endpoint }) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
    return `${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("")}/`;
  };

  const known = async () => (await navigator.serviceWorker.getRegistration("/"))?.pushManager.getSubscription();

  const toBase64Url = (bytes) =>
    btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const subscribe = async ({ pushManager }) => {
    const old = await pushManager.getSubscription();
    if (old && toBase64Url(old.options.applicationServerKey) !== pushKey) await old.unsubscribe();
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: pushKey });
  };

  const switchOn = async () => {
    // First of all: some browsers ask only in answer to the press itself.
    if ((await Notification.requestPermission()) !== "granted") throw new Error("not granted");
    await navigator.serviceWorker.register(pushWorker, { scope: "/" });
    const subscription = await subscribe(await navigator.serviceWorker.ready);
    return ask("", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ subscription, language: document.documentElement.lang }),
    });
  };

  const switchOff = async () => ask(await pathOf(await known()), { method: "DELETE" });

  const isOn = async () => {
    const subscription = Notification.permission === "granted" && (await known());
    return subscription ? ask(await pathOf(subscription)) : false;
  };

  const pressed = async (button, act, before) => {
    button.disabled = true;
    try {
      draw(await act());
    } catch {
      draw(before, true);
    }
    button.disabled = false;
  };

  part("on").addEventListener("click", ({ target }) => pressed(target, switchOn, false));
  part("off").addEventListener("click", ({ target }) => pressed(target, switchOff, true));
  isOn().then(draw, () => draw(false));
})();
