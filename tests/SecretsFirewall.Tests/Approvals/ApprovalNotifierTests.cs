using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Approvals;
using SecretsFirewall.Storage;

namespace SecretsFirewall.Tests.Approvals;

/// <summary>Announcements, to receivers that fail.</summary>
public sealed class ApprovalNotifierTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SqliteStore _store;
    private readonly ApprovalDesk _desk;

    public ApprovalNotifierTests()
    {
        _store = SqliteStore.Open(_folder["firewall.db"], NullLogger.Instance, out _)!;
        _desk = new ApprovalDesk(_store.Approvals, new ApprovalOptions { WaitingPerAgent = 10_000 }, TimeProvider.System);
    }

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Receiver_ThatFailsOnce_IsToldAgain()
    {
        var receiver = new FailsTimesHandler(1);
        using var client = new HttpMessageInvoker(receiver);
        using var notifier = new ApprovalNotifier(_desk, Webhook(), () => client, TimeProvider.System, NullLogger.Instance);

        _desk.Ask(Questions.Make(TimeProvider.System.GetUtcNow()));
        await receiver.Received.Task.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(2, receiver.Calls);
    }

    [Fact]
    public void Receiver_ThatNeverAnswers_HoldsNobodyUp()
    {
        using var client = new HttpMessageInvoker(new NeverAnswersHandler());
        using var notifier = new ApprovalNotifier(_desk, Webhook(), () => client, TimeProvider.System, NullLogger.Instance);

        // More than its queue holds: asking returns all the same.
        for (var i = 0; i < 1500; i++)
        {
            Assert.Equal(AskOutcome.Asked, _desk.Ask(Questions.Make(TimeProvider.System.GetUtcNow(), $"{i}")).Outcome);
        }
    }

    [Fact]
    public async Task Command_GetsTheEventOnItsStandardInput()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var (script, output) = (_folder["tell.sh"], _folder["told"]);
        await File.WriteAllTextAsync(script, $"#!/bin/sh\ncat > {output}.part && mv {output}.part {output}\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var client = new HttpMessageInvoker(new NeverAnswersHandler());
        using var notifier = new ApprovalNotifier(_desk, new NotificationOptions { Commands = [script] }, () => client, TimeProvider.System, NullLogger.Instance);

        var asked = _desk.Ask(Questions.Make(TimeProvider.System.GetUtcNow())).Request!;

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!File.Exists(output))
        {
            await Task.Delay(20, patience.Token);
        }

        Assert.Contains(asked.Id, await File.ReadAllTextAsync(output), StringComparison.Ordinal);
    }

    [Fact]
    public void Options_AWebhookWithoutAKey_AreRefused()
    {
        Assert.NotNull(new NotificationOptions { Webhook = new Uri("https://hooks.example/") }.Problem);
        Assert.NotNull(new NotificationOptions { Webhook = new Uri("https://hooks.example/"), SecretFiles = [_folder["missing"]] }.Problem);
        Assert.Null(Webhook().Problem);
    }

    private static NotificationOptions Webhook() => new() { Webhook = new Uri("https://hooks.example/"), Format = NotificationFormat.Slack };

    private sealed class FailsTimesHandler(int times) : HttpMessageHandler
    {
        public TaskCompletionSource Received { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Calls { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (++Calls <= times)
            {
                throw new HttpRequestException("not yet");
            }

            Received.TrySetResult();
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }
    }

    private sealed class NeverAnswersHandler : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return new HttpResponseMessage();
        }
    }
}
