using SecretsFirewall.Model;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Admin;

/// <summary>The operations on what masking found by itself. No value goes out; an adopted one never leaves the process.</summary>
/// <param name="captured">Null where no firewall runs: then nothing is captured.</param>
internal sealed class CaptureOperations(CapturedValues? captured, SecretVault vault)
{
    public void Register(ControlDispatcher dispatcher) => dispatcher
        .Handle(ControlOperations.SecretsCaptured, List)
        .Handle(ControlOperations.SecretsAdopt, Adopt);

    private static ControlFailure NotRunning { get; } = new(
        ControlFailureKind.Refused, "The firewall does not run, and captured values live in a running one alone. Start it with: sfw run");

    private ControlResult<CapturedReply> List(NoContent request) => captured is null
        ? NotRunning
        : new CapturedReply([.. captured.List().Select(static one =>
            new CapturedValueReply(one.Name.Value, one.Rule, one.Agent, one.CapturedAt, one.LastUsedAt, one.Uses, one.IsAmbiguous))]);

    private ControlResult<NoContent> Adopt(AdoptRequest request)
    {
        if (captured is null)
        {
            return NotRunning;
        }

        var error = !SecretName.TryCreate(request.Name, out var name) ? VaultError.NameInvalid
            : !SecretName.TryCreate(request.Captured, out var found) ? VaultError.NotCaptured
            : captured.Adopt(found, name, vault, request.Weak);
        return error == VaultError.None ? NoContent.Instance : SecretOperations.Failure(error);
    }
}
