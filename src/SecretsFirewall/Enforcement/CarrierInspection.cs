using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// What becomes of the detections in one carrier (target, a header's value, a whole body): each is bound, masked, passed, or refuses the
/// request. The one place where plan and bindings meet.
/// <code>
///   detection ─ 1 place? ─ 2 binding? ─┬─ reference bound      ► edit: the value
///                                      ├─ raw value, bound     ► stays
///                                      └─ none ─ 3 plan ───────┬─ mask  ► edit: the reference
///                                                              ├─ alert, pass ► stays
///                                                              └─ block ► refusal
/// </code>
/// </summary>
internal sealed class CarrierInspection(Exchange exchange, RedactionPlan plan, Binder binder, DetectionSnapshot detection, SessionCapture? capture = null)
{
    private readonly List<Detection> _inside = [];

    /// <summary>Finds the place around a detection, or null where no binding could name one.</summary>
    public delegate Place? PlaceFinder(ReadOnlySpan<byte> text, Detection detection);

    /// <summary>True for credentials that are presented to whom they belong (<see cref="Audience"/>).</summary>
    public delegate bool HomeTest(ReadOnlySpan<byte> text, Detection detection);

    /// <summary>True once an edit was made anywhere in the request: a signature over it would no longer hold.</summary>
    public bool Changed { get; private set; }

    /// <summary>
    /// Decides about <paramref name="detections"/> (sorted, within <paramref name="text"/>) and collects the edits.
    /// </summary>
    /// <param name="ofUntouchable">What becomes of a detection that must not be rewritten (signed or encrypted parts, ids, binary data); null where it may be.</param>
    public Refusal? Inspect(
        ReadOnlySpan<byte> text,
        IReadOnlyList<Detection> detections,
        PlaceFinder placeOf,
        Func<Detection, FindingAction?>? ofUntouchable,
        HomeTest isAtHome,
        Func<Detection, (Carrier Carrier, string Location)> locate,
        List<Splice.Edit> edits)
    {
        foreach (var found in detections)
        {
            if (found.Kind is FindingKind.Canary)
            {
                Record(found, locate(found), FindingAction.Block); // before anything else is refused, which would hide it
                return Blocking.Explain(found);
            }
        }

        var settledUpTo = 0L;
        foreach (var found in detections)
        {
            if (found.Start < settledUpTo)
            {
                continue;
            }

            var where = locate(found);

            // 1, 2
            if (!binder.IsIdle && found.Kind is FindingKind.Reference or FindingKind.Registered && placeOf(text, found) is { } place)
            {
                switch (AskAbout(place, out var inside, out var coded))
                {
                    case BindingAnswer.Bind:
                        edits.Add(new Splice.Edit(place.Start, place.Length, coded));
                        Changed = true;
                        settledUpTo = place.Start + place.Length;
                        Record(inside, where, FindingAction.Bind);
                        continue;
                    case BindingAnswer.AlreadyBound:
                        settledUpTo = place.Start + place.Length;
                        Record(inside, where, FindingAction.Pass);
                        continue;
                    case BindingAnswer.Outdated:
                        Record(inside, where, FindingAction.Block);
                        return new Refusal(
                            RefusalCode.SecretBlocked, $"This is an old value of {SecretReference.Format(inside.Name)}, which was rotated.", Rule: "rotation",
                            Advice: "Send the reference: the firewall puts the present value in its place.");
                    case BindingAnswer.Unrepresentable:
                        return new Refusal(
                            RefusalCode.UnboundReference, "The secret's value cannot be written in this place.", Rule: "binding",
                            Advice: "A header's value can hold no line break; bind the secret to another place.");
                }
            }

            // 3
            var action = found.ActionUnder(plan);
            if (action is FindingAction.Mask or FindingAction.Block or FindingAction.Alert && isAtHome(text, found))
            {
                action = FindingAction.Pass;
            }

            if (action is FindingAction.Mask && ofUntouchable?.Invoke(found) is { } instead)
            {
                action = instead;
            }

            Record(found, where, action);
            switch (action)
            {
                case FindingAction.Mask:
                    capture?.Keep(found, text.Slice((int)found.Start, found.Length));
                    var replacement = Splice.ReplacementFor(text, found, out var start, out var length);
                    edits.Add(new Splice.Edit(start, length, replacement));
                    Changed = true;
                    settledUpTo = start + length;
                    break;
                case FindingAction.Alert or FindingAction.Pass:
                    break;
                default:
                    return Blocking.Explain(found);
            }
        }

        return null;
    }

    /// <summary>Asks about a place only if it holds exactly one thing to decide about.</summary>
    private BindingAnswer AskAbout(in Place place, out Detection inside, out byte[] coded)
    {
        _inside.Clear();
        detection.Find(place.Text, _inside);
        inside = _inside.Count == 1 ? _inside[0] : default;
        coded = [];
        return _inside.Count == 1 && inside.Kind is FindingKind.Reference or FindingKind.Registered
            ? binder.Ask(place, inside, out coded)
            : BindingAnswer.Unbound;
    }

    private void Record(in Detection found, (Carrier Carrier, string Location) where, FindingAction action)
    {
        if (found.Kind is not FindingKind.Reference || action is not FindingAction.Pass)
        {
            exchange.Add(new Finding(found.Kind, found.Rule, found.Name, where.Carrier, where.Location, action));
        }
    }
}
