// Where OpenSSL looks for the system's trusted authorities: a container without them trusts nobody, and
// nothing says so until the first relay is refused.
internal import COpenSSL

/// The system's store of trusted certificates.
public enum SystemStore {
    /// The file and the directory; each can be moved by a variable, whose name is beside it.
    public static var locations:
        (file: String, fileVariable: String, directory: String, directoryVariable: String)
    {
        (
            String(cString: X509_get_default_cert_file()), String(cString: X509_get_default_cert_file_env()),
            String(cString: X509_get_default_cert_dir()), String(cString: X509_get_default_cert_dir_env())
        )
    }
}
