using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Bundles;
using SecretsFirewall.Policy;
using SecretsFirewall.Policy.Bundles;
using SecretsFirewall.Storage;
using SecretsFirewall.Tests.Policy;
using SecretsFirewall.Tests.Policy.Bundles;

namespace SecretsFirewall.Tests.Bundles;

/// <summary>What a server offers, and what becomes of it.</summary>
public sealed class BundlePullTests : IDisposable
{
    private readonly BundleSamples _samples = new();
    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new(BundleSamples.Now);
    private readonly Server _server = new();
    private readonly HttpMessageInvoker _http;
    private readonly SqliteStore _store;
    private readonly ActivePolicy _policy;
    private readonly BundlePull _pull;

    public BundlePullTests()
    {
        _store = SqliteStore.Open(_folder["firewall.db"], NullLogger.Instance, out _)!;
        var keeper = BundleKeeper.Open(_store.Bundles, new BundleOptions(), BundleSamples.Engine, _time)!;
        Assert.Null(keeper.TakeRoot(_samples.RootFile()));
        ActivePolicy.WriteShipped(_folder["policies"], "default");
        _policy = ActivePolicy.Open(_folder["policies"], "default", NullLogger.Instance, bundles: keeper);
        _http = new HttpMessageInvoker(_server);
        _pull = new BundlePull(new BundleServer(_http, new Uri("https://policies.example.com/team.bundle"), _time), new BundleOptions(), _policy, keeper, _time, NullLogger.Instance);
    }

    public void Dispose()
    {
        _http.Dispose();
        _store.Dispose();
        _samples.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Pull_NewBundle_IsInForceAndAskedForByItsTagAfterwards()
    {
        _server.Offer(Bundle(7), "\"seven\"");

        await _pull.PullAsync(CancellationToken.None);
        await _pull.PullAsync(CancellationToken.None);

        Assert.Equal(7, _policy.Current.Revision);
        Assert.Equal(["", "\"seven\""], _server.Tags);
        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.NotModified], _server.Statuses);
        Assert.Null(_pull.Problem);
        Assert.Equal(new BundleOptions().Refresh, _pull.Pause);
    }

    [Fact]
    public async Task Pull_OlderOrForgedBundle_KeepsTheOneBeforeAndAsksAgainLessOften()
    {
        _server.Offer(Bundle(7), "\"seven\"");
        await _pull.PullAsync(CancellationToken.None);
        _server.Offer(Bundle(6), "\"six\"");
        await _pull.PullAsync(CancellationToken.None);
        Assert.Contains("older", _pull.Problem, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(30), _pull.Pause);
        _server.Offer([.. Bundle(8).SkipLast(2), (byte)'!', (byte)'\n'], "\"eight\"");
        await _pull.PullAsync(CancellationToken.None);

        Assert.Equal(7, _policy.Current.Revision);
        Assert.Equal("", _server.Tags[^1]); // what was refused is not taken for what we have
        Assert.Equal(TimeSpan.FromSeconds(60), _pull.Pause);
        _server.Offer(Bundle(8), "\"eight\"");
        await _pull.PullAsync(CancellationToken.None);
        Assert.Equal(8, _policy.Current.Revision);
        Assert.Null(_pull.Problem);
    }

    [Fact]
    public async Task Pull_BundleOfAnotherName_IsRefused()
    {
        _server.Offer(Bundle(7), "\"seven\"");
        await _pull.PullAsync(CancellationToken.None);
        _server.Offer(Bundle(9, "other"), "\"other\"");

        await _pull.PullAsync(CancellationToken.None);

        Assert.Equal(("team", 7), (_policy.Current.Name, _policy.Current.Revision));
        Assert.Equal(BundleFault.OtherName, _policy.Refusal!.Fault);
    }

    [Fact]
    public async Task Pull_ServerThatIsAway_KeepsTheLastGoodBundleAndIsStaleInTheEnd()
    {
        _server.Offer(Bundle(7), "\"seven\"");
        await _pull.PullAsync(CancellationToken.None);
        _server.IsAway = true;
        for (var i = 0; i < 20; i++)
        {
            await _pull.PullAsync(CancellationToken.None);
        }

        Assert.Equal(TimeSpan.FromHours(1), _pull.Pause);
        Assert.False(_pull.IsStale);
        _time.Advance(TimeSpan.FromHours(25));
        Assert.True(_pull.IsStale);
        Assert.Equal(7, _policy.Current.Revision);
        _server.IsAway = false;
        await _pull.PullAsync(CancellationToken.None);
        Assert.False(_pull.IsStale);
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.Redirect)]
    [InlineData(HttpStatusCode.NotModified)] // of what nobody asked for
    public async Task Pull_AnswerThatIsNone_IsAProblem(HttpStatusCode status)
    {
        _server.Always = status;

        await _pull.PullAsync(CancellationToken.None);

        Assert.Contains($"{(int)status}", _pull.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pull_AnswerWithoutEnd_IsCutOff()
    {
        _server.Offer(new byte[Envelope.MaxBytes + 1], "\"long\"");

        await _pull.PullAsync(CancellationToken.None);

        Assert.Contains("more than", _pull.Problem, StringComparison.Ordinal);
    }

    private byte[] Bundle(int version, string name = "team") => _samples.Signed(
        BundleSamples.Manifest with { Version = version, Name = name }, new PolicyFile("policy.json", Encoding.UTF8.GetBytes(PolicyText.Frame(""))));

    /// <summary>A static server with one file.</summary>
    private sealed class Server : HttpMessageHandler
    {
        private byte[] _file = [];
        private string _tag = "";

        public List<string> Tags { get; } = [];

        public List<HttpStatusCode> Statuses { get; } = [];

        public bool IsAway { get; set; }

        public HttpStatusCode? Always { get; set; }

        public void Offer(byte[] file, string tag) => (_file, _tag) = (file, tag);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (IsAway)
            {
                throw new HttpRequestException("Nobody is there.");
            }

            var asked = request.Headers.IfNoneMatch.ToString();
            Tags.Add(asked);
            var status = Always ?? (asked == _tag ? HttpStatusCode.NotModified : HttpStatusCode.OK);
            Statuses.Add(status);
            var response = new HttpResponseMessage(status);
            if (status is HttpStatusCode.OK)
            {
                response.Content = new StreamContent(new MemoryStream(_file));
                response.Content.Headers.ContentLength = null;
                response.Headers.ETag = EntityTagHeaderValue.Parse(_tag);
            }

            return Task.FromResult(response);
        }
    }
}
