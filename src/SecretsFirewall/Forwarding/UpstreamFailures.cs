using System.Net.Sockets;
using System.Security.Authentication;
using SecretsFirewall.Model;

namespace SecretsFirewall.Forwarding;

/// <summary>Says what went wrong on the upstream leg, where it stood. The upstream's words are not repeated.</summary>
internal static class UpstreamFailures
{
    public static Refusal Explain(Exception? exception, bool timedOut)
    {
        foreach (var cause in Causes(exception))
        {
            switch (cause)
            {
                case AuthenticationException:
                    return new(RefusalCode.UpstreamCertificate, "The upstream's certificate is not trusted, has expired or is for another name; the request was not sent.");
                case HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError }:
                    return new(RefusalCode.UpstreamCertificate, "No secure connection to the upstream could be made; the request was not sent.");
                case HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }:
                    return new(RefusalCode.UpstreamNameNotFound, "The upstream's name could not be resolved.");
                case SocketException when !timedOut: // giving up aborts the socket, which then reports it
                    return new(RefusalCode.UpstreamUnreachable, "The connection to the upstream broke.");
            }
        }

        return timedOut
            ? new(RefusalCode.UpstreamTimeout, "The upstream did not answer in time.")
            : new(RefusalCode.UpstreamProtocol, "The upstream broke off or answered with something that is not HTTP.");
    }

    /// <summary>Our own refusal, if one lies behind an exception of the leg.</summary>
    public static RefusedException? OurOwn(Exception? exception) => Causes(exception).OfType<RefusedException>().FirstOrDefault();

    /// <summary>The exception and what is inside it; where both bodies failed, the forwarder reports an aggregate.</summary>
    public static IEnumerable<Exception> Causes(Exception? exception) => exception switch
    {
        null => [],
        AggregateException many => many.InnerExceptions.SelectMany(Causes),
        _ => Causes(exception.InnerException).Prepend(exception),
    };
}
